import { type Fault, FaultError } from '../domain/fault.ts'
import { keyName, type LeaseKey } from '../domain/lease.ts'
import {
  type NodeEvent,
  type NodeMessage,
  type NodeReport,
  type NodeSetup,
  type Order,
  protocolVersion,
  type RepositoryAnswer,
  type Task,
} from '../domain/message.ts'
import type { ModelAnswer, ModelRequest } from '../domain/model-call.ts'
import type { NodeFacts } from '../domain/node-facts.ts'
import type { ProtocolTimes } from '../domain/protocol-times.ts'
import type { RolloutChannel } from '../domain/rollout-task.ts'
import type { AttemptChannel } from '../domain/synthesis-event.ts'
import { isNoRoom } from '../util/append-file.ts'
import { messageOf } from '../util/message-of.ts'
import { LiveOutput } from './live-output.ts'
import { type Answer, type LeaseOrder, Node, type NodeEffect } from './node.ts'
import type { Workers } from './workers.ts'

/** A way to a life of control. Whoever made it tells `Scheduler.disconnected` when it is gone. */
export interface ControlLink {
  readonly send: (message: NodeMessage) => void
  readonly close: (why: string) => void
}

/** Asks control for a commit that this node cannot fetch, for the attempt that wants it. */
export type AskRepository = (repo: string, commit: string, signal: AbortSignal) => Promise<RepositoryAnswer>

export interface SchedulerOptions {
  readonly node: string
  /** Unique to this life of the node process. */
  readonly boot: string
  /** Where control leaves it to the node. */
  readonly slots: number
  readonly times: ProtocolTimes
  /** What earlier lives kept, oldest first. */
  readonly kept: readonly NodeEvent[]
  /** Called once, with the first welcome; `ask` is for its attempts. */
  readonly workersFor: (runId: string, setup: NodeSetup, ask: AskRepository) => Workers
  /** Called with each welcome and each order that changes them. */
  readonly onSlots?: (slots: number) => void
  /** Resolves once the event is safe. A rejection ends this life of the process. */
  readonly keep: (event: NodeEvent) => Promise<void>
  readonly forget: (count: number) => void
  /** While it is closed nothing may be spent. */
  readonly gate: (isOpen: boolean) => void
  readonly nowMs: () => number
}

const tickMs = 1_000
/** How far a clock that counts while the machine sleeps may be ahead of one that does not before it has slept. */
const leastSleepMs = 2_000

interface Job {
  readonly key: LeaseKey
  readonly repo: string
  readonly abort: AbortController
  /** Questions of this attempt that were not answered yet. */
  readonly asked: Map<string, (answer: Answer) => void>
  readonly done: Promise<void>
  readonly output: LiveOutput
}

/** Runs leased attempts in slots and tells control what happens to each: the life around a `Node`. Disposing it aborts all. */
export class Scheduler implements Disposable {
  readonly #options: SchedulerOptions
  readonly #node: Node
  readonly #links = new Map<number, ControlLink>()
  readonly #jobs = new Map<string, Job>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #timer: ReturnType<typeof setInterval>
  #workers: Workers | null = null
  #lastLink = 0
  #wallMs = Date.now()
  #monotonicMs = performance.now()

  constructor(options: SchedulerOptions) {
    this.#options = options
    const { node, boot, slots, times, kept } = options
    this.#node = new Node({ node, boot, slots, times, kept })
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  /** Resolves once a stop was ordered, nothing runs any more, and control has stored every event; rejects where they cannot be kept. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** Whether nothing waits or runs. */
  get isIdle(): boolean {
    return this.#node.isIdle
  }

  /** A new way to control; the number names it in the calls below. */
  connected(link: ControlLink): number {
    this.#lastLink += 1
    this.#links.set(this.#lastLink, link)
    return this.#lastLink
  }

  receive(link: number, order: Order): void {
    this.#perform(this.#node.receive(link, order, this.#options.nowMs()))
  }

  disconnected(link: number): void {
    this.#links.delete(link)
    this.#perform(this.#node.disconnected(link, this.#options.nowMs()))
  }

  observe(facts: NodeFacts): void {
    this.#node.observe(facts)
  }

  /** Aborts every attempt that runs, without waiting for its end. */
  abort(): void {
    for (const { abort } of this.#jobs.values()) abort.abort(interrupted())
  }

  /** Resolves once what runs now has come to its end. */
  get settled(): Promise<void> {
    return Promise.all([...this.#jobs.values()].map(({ done }) => done)).then(() => undefined)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.abort()
  }

  #tick(): void {
    const wallMs = Date.now()
    const monotonicMs = performance.now()
    const sleptMs = wallMs - this.#wallMs - (monotonicMs - this.#monotonicMs)
    this.#wallMs = wallMs
    this.#monotonicMs = monotonicMs
    if (sleptMs > leastSleepMs) this.#perform(this.#node.slept(sleptMs, this.#options.nowMs()))
    this.#perform(this.#node.tick(this.#options.nowMs()))
  }

  #perform(effects: readonly NodeEffect[]): void {
    for (const effect of effects) this.#performOne(effect)
  }

  #performOne(effect: NodeEffect): void {
    switch (effect.kind) {
      case 'keep':
        this.#options.keep(effect.event).catch((error: unknown) => this.#ended.reject(error))
        return
      case 'forget':
        this.#options.forget(effect.count)
        return
      case 'send':
        this.#links.get(effect.connection)?.send(effect.message)
        return
      case 'close':
        this.#links.get(effect.connection)?.close(effect.why)
        return
      case 'welcomed': {
        const { runId, setup } = effect.welcome
        const ask: AskRepository = (repo, commit, signal) => this.#askRepository(repo, commit, signal)
        this.#workers ??= this.#options.workersFor(runId, setup, ask)
        return
      }
      case 'start':
        void this.#occupySlot(effect.lease)
        return
      case 'abort':
        this.#jobs.get(keyName(effect.lease))?.abort.abort(interrupted())
        return
      case 'answered':
        for (const job of this.#jobs.values()) {
          job.asked.get(effect.answer.call)?.(effect.answer)
          job.asked.delete(effect.answer.call)
        }
        return
      case 'show': {
        const text = this.#jobs.get(keyName(effect.lease))?.output.text() ?? ''
        const tail = { version: protocolVersion, type: 'tail-answer', ...effect.lease, text } as const
        this.#links.get(effect.connection)?.send(tail)
        return
      }
      case 'gate':
        this.#options.gate(effect.isOpen)
        return
      case 'ended':
        this.#ended.resolve()
    }
  }

  async #occupySlot(lease: LeaseOrder): Promise<void> {
    const key = { attempt: lease.attempt, generation: lease.generation }
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const { repo } = lease.task.instance
    const output = new LiveOutput(lease.task.kind)
    const job: Job = { key, repo, abort: new AbortController(), asked: new Map(), done, output }
    this.#jobs.set(keyName(key), job)
    const report = await this.#work(lease.task, job)
    this.#jobs.delete(keyName(key))
    resolve()
    this.#tell(report)
  }

  /** The slot: whatever is thrown below ends here and becomes a report. */
  async #work(task: Task, job: Job): Promise<NodeReport> {
    const { key, abort, output } = job
    const channel: AttemptChannel & RolloutChannel = {
      emit: (event) => {
        if (event.type === 'stage' && event.state === 'started') output.entered(event.stage, event.iteration)
        this.#tell({ ...key, ...event })
      },
      onOutput: (chunk) => output.print(chunk),
      ask: (request) => this.#askModel(job, request),
    }
    try {
      return await this.#end(task, key, channel, abort.signal)
    } catch (error) {
      if (abort.signal.aborted) return { ...key, type: 'released' }
      return { ...key, type: 'faulted', fault: faultOf(error) }
    }
  }

  async #end(
    task: Task,
    key: LeaseKey,
    channel: AttemptChannel & RolloutChannel,
    signal: AbortSignal,
  ): Promise<NodeReport> {
    const workers = this.#workers
    if (workers === null) throw new Error('a lease came before a welcome')
    const { limits } = workers
    if (task.kind === 'rollout') {
      return { ...key, type: 'graded', grade: await workers.rollout({ ...task, limits }, channel, signal) }
    }
    return {
      ...key,
      type: 'settled',
      result: await workers.synthesis(task, { ...task.settings, limits }, channel, signal),
    }
  }

  async #askModel(job: Job, request: ModelRequest): Promise<ModelAnswer> {
    const question = {
      version: protocolVersion,
      type: 'model-call',
      call: crypto.randomUUID(),
      ...job.key,
      request,
    } as const
    const answer = await this.#ask(job, question)
    if (answer.type !== 'model-answer') throw new Error(`a ${answer.type} came for a model call`)
    return answer.answer
  }

  /** In the name of an attempt at this repository that goes on; where that is aborted meanwhile, of another. */
  async #askRepository(repo: string, commit: string, signal: AbortSignal): Promise<RepositoryAnswer> {
    signal.throwIfAborted()
    const job = [...this.#jobs.values()].find((one) => one.repo === repo && !one.abort.signal.aborted)
    if (job === undefined) throw new FaultError('interrupted', `no attempt asks for ${repo} any more`)
    try {
      return await this.#askRepositoryFor(job, repo, commit)
    } catch (error) {
      if (!job.abort.signal.aborted) throw error
      return await this.#askRepository(repo, commit, signal)
    }
  }

  async #askRepositoryFor(job: Job, repo: string, commit: string): Promise<RepositoryAnswer> {
    const call = crypto.randomUUID()
    const question = { version: protocolVersion, type: 'repository-call', call, ...job.key, repo, commit } as const
    const answer = await this.#ask(job, question)
    if (answer.type !== 'repository-answer') throw new Error(`a ${answer.type} came for a repository`)
    return answer.answer
  }

  /** Rejects where the attempt is aborted meanwhile. */
  #ask({ abort: { signal }, asked }: Job, question: Parameters<Node['ask']>[0]): Promise<Answer> {
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const stop = () => {
        asked.delete(question.call)
        reject(signal.reason)
      }
      signal.addEventListener('abort', stop, { once: true })
      asked.set(question.call, (answer) => {
        signal.removeEventListener('abort', stop)
        resolve(answer)
      })
      this.#perform(this.#node.ask(question, this.#options.nowMs()))
    })
  }

  #tell(report: NodeReport): void {
    this.#perform(this.#node.report(report, this.#options.nowMs()))
  }
}

function interrupted(): FaultError {
  return new FaultError('interrupted', 'the attempt was given back')
}

/** Where cleaning up failed too, the first cause counts. */
function faultOf(error: unknown): Fault {
  if (error instanceof SuppressedError) return faultOf(error.suppressed)
  if (error instanceof FaultError) return { ...error.fault, message: `${error.fault.message}${causeOf(error)}` }
  if (isNoRoom(error)) return { kind: 'disk-full', message: `${messageOf(error)} — free some disk space` }
  const trace = error instanceof Error ? (error.stack ?? String(error)) : String(error)
  return { kind: 'internal', message: `${trace}${causeOf(error)}` }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? ` (${cause.message})` : ''
}
