import { keyName } from '../domain/lease.ts'
import type { NodeEvent, NodeMessage, NodeQuestion, Order, RepositoryAnswer } from '../domain/message.ts'
import type { ModelAnswer } from '../domain/model-call.ts'
import type { OpenAttempt } from '../store/attempts.ts'
import type { Change } from './apply-event.ts'
import type { Asked } from './asked.ts'
import { Control, type ControlEffect, type ControlOptions, type ModelCall, type RunEnding } from './control.ts'
import type { NodeView } from './node-view.ts'

/** A way to a node. Whoever made it tells `Fleet.disconnected` when it is gone. */
export interface NodeLink {
  readonly send: (order: Order) => void
  readonly close: (why: string) => void
}

export interface FleetOptions extends Omit<ControlOptions, 'nowMs'> {
  /** Called after each stored change of an attempt, and for each event. */
  readonly onEvent: (event: NodeEvent, change: Change) => void
  /** Called after a lease ended of which its node said nothing; `change` is of its attempt. */
  readonly onLost: (change: NonNullable<Change>, atMs: number) => void
  /** Calls a model for a node; whatever comes of it is a value. */
  readonly answer: (call: ModelCall) => Promise<ModelAnswer>
  /** Gets a commit for a node that does not reach where it comes from. */
  readonly bundle: (repo: string, commit: string) => Promise<RepositoryAnswer>
  readonly nowMs: () => number
}

const tickMs = 1_000
/** Where no tick came for so long, this process stood still, or was too busy to listen. */
const standstillMs = 3_000
/** Who looks at an attempt looks again soon. */
const tailMs = 5_000

/** All nodes of a run: the life around a `Control`. Lives as long as the run in this process. */
export class Fleet implements Disposable {
  readonly #options: FleetOptions
  readonly #control: Control
  readonly #links = new Map<string, { readonly connection: number; readonly link: NodeLink }>()
  readonly #asked = new Set<string>()
  /** Who waits for what a lease prints, by its key. */
  readonly #tails = new Map<string, PromiseWithResolvers<string | null>>()
  readonly #ended = Promise.withResolvers<RunEnding>()
  readonly #timer: ReturnType<typeof setInterval>
  #lastConnection = 0
  #tickedAtMs: number

  constructor(options: FleetOptions) {
    this.#options = options
    this.#tickedAtMs = options.nowMs()
    this.#control = new Control({ ...options, nowMs: this.#tickedAtMs })
    this.#timer = setInterval(() => this.#tick(), tickMs)
    // What is asked for may be done already.
    this.#tick()
  }

  /** Resolves once, when the run is over in this process; rejects where the store cannot be written. */
  get ended(): Promise<RunEnding> {
    return this.#ended.promise
  }

  /** A way to a node was made; the number names it in the calls below. */
  connected(node: string, link: NodeLink): number {
    this.#lastConnection += 1
    const connection = this.#lastConnection
    this.#links.get(node)?.link.close('there is a newer connection')
    this.#links.set(node, { connection, link })
    this.#try(() => this.#control.connected(node, connection, this.#now()))
    return connection
  }

  receive(node: string, connection: number, message: NodeMessage): void {
    this.#try(() => this.#control.receive(node, connection, message, this.#now()))
  }

  disconnected(node: string, connection: number, why: string): void {
    if (this.#links.get(node)?.connection === connection) this.#links.delete(node)
    this.#try(() => this.#control.disconnected(node, connection, why, this.#now()))
  }

  /** No way to a node could be made, for this reason. */
  unreachable(node: string, why: string): void {
    this.#control.unreachable(node, why)
  }

  /** Nodes give back what they do. */
  stop(): void {
    this.#try(() => this.#control.stop(this.#now()))
  }

  /** Nodes finish what runs; then the run ends here. */
  finishRunning(): void {
    this.#try(() => this.#control.finishRunning(this.#now()))
  }

  /** Nodes go on with what they hold, for so long at most; the run ends here. */
  detach(trustMs: number): void {
    this.#try(() => this.#control.detach(trustMs, this.#now()))
  }

  pause(isPaused: boolean): void {
    this.#try(() => this.#control.pause(isPaused, this.#now()))
  }

  /** False where there is no such node. */
  drain(node: string, isDraining: boolean): boolean {
    return this.#tryNode(() => this.#control.drain(node, isDraining, this.#now()))
  }

  /** False where there is no such node. */
  setSlots(node: string, slots: number): boolean {
    return this.#tryNode(() => this.#control.setSlots(node, slots, this.#now()))
  }

  /** The end of what an attempt prints now; null where nobody who runs it answers. */
  async tail(attempt: number): Promise<string | null> {
    const asked = this.#control.askTail(attempt)
    if (asked === null) return null
    const key = keyName(asked.lease)
    const known = this.#tails.get(key)
    if (known !== undefined) return await known.promise
    const waiting = Promise.withResolvers<string | null>()
    this.#tails.set(key, waiting)
    this.#try(() => asked.effects)
    const late = setTimeout(() => waiting.resolve(null), tailMs)
    const text = await waiting.promise
    clearTimeout(late)
    this.#tails.delete(key)
    return text
  }

  /** An attempt that was over is queued again. */
  requeued(attempt: OpenAttempt): void {
    this.#try(() => this.#control.requeued(attempt, this.#now()))
  }

  nodes(): readonly NodeView[] {
    return this.#control.nodes(this.#now())
  }

  get isPaused(): boolean {
    return this.#control.isPaused
  }

  /** What people asked for, and did not take back; null where there is nothing. */
  get asked(): Asked | null {
    return this.#control.asked
  }

  /** Attempts that wait for a node. */
  get waiting(): number {
    return this.#control.waiting
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    for (const { link } of this.#links.values()) link.close('the run is over here')
  }

  #tick(): void {
    const nowMs = this.#now()
    const stoodMs = nowMs - this.#tickedAtMs
    this.#tickedAtMs = nowMs
    if (stoodMs > standstillMs) this.#control.stoodStill(stoodMs, nowMs)
    this.#try(() => this.#control.tick(nowMs))
  }

  #now(): number {
    return this.#options.nowMs()
  }

  #tryNode(work: () => readonly ControlEffect[] | null): boolean {
    let isThere = true
    this.#try(() => {
      const effects = work()
      isThere = effects !== null
      return effects ?? []
    })
    return isThere
  }

  #try(work: () => readonly ControlEffect[]): void {
    try {
      for (const effect of work()) this.#perform(effect)
    } catch (error) {
      this.#ended.reject(error)
    }
  }

  #perform(effect: ControlEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#linkOf(effect)?.send(effect.order)
        return
      case 'close':
        this.#linkOf(effect)?.close(effect.why)
        return
      case 'ask':
        void this.#ask(effect.node, effect.question)
        return
      case 'tail':
        this.#tails.get(keyName(effect.tail))?.resolve(effect.tail.text)
        return
      case 'applied':
        this.#options.onEvent(effect.event, effect.change)
        return
      case 'lost':
        this.#options.onLost(effect.change, effect.atMs)
        return
      case 'ended':
        this.#ended.resolve(effect.ending)
    }
  }

  #linkOf({ node, connection }: { readonly node: string; readonly connection: number }): NodeLink | undefined {
    const known = this.#links.get(node)
    return known?.connection === connection ? known.link : undefined
  }

  /** A node that asks again while the answer is on its way is answered once. */
  async #ask(node: string, question: NodeQuestion): Promise<void> {
    if (this.#asked.has(question.call)) return
    this.#asked.add(question.call)
    try {
      const answer = await this.#answerTo(question)
      this.#asked.delete(question.call)
      this.#try(() => this.#control.answered(node, answer))
    } catch (error) {
      this.#ended.reject(error)
    }
  }

  async #answerTo(question: NodeQuestion) {
    const { call } = question
    if (question.type === 'model-call') {
      return { type: 'model-answer', call, answer: await this.#options.answer(question) } as const
    }
    const answer = await this.#options.bundle(question.repo, question.commit)
    return { type: 'repository-answer', call, answer } as const
  }
}
