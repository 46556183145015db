import type { RunEnding } from '../../src/control/control.ts'
import { Control, type ControlEffect } from '../../src/control/control.ts'
import { type NodeEvent, type NodeMessage, type Order, protocolVersion } from '../../src/domain/message.ts'
import { Crash } from './books.ts'
import type { Host } from './host.ts'
import { Link } from './link.ts'
import type { World } from './world.ts'

interface Open {
  readonly link: Link
  readonly connection: number
}

type Effects = readonly ControlEffect[] | null

/** One life of control: the shell around the `Control` that ships. */
export class ControlLife {
  readonly #world: World
  readonly #control: Control
  readonly #links = new Map<string, Open>()
  readonly #asked = new Map<string, 'asked' | 'answered'>()
  #connections = 0
  #thefts = 0
  /** What comes while it is stopped waits. */
  #deferred: (() => void)[] = []
  #isFrozen = false
  isAlive = true
  ending: RunEnding | null = null

  constructor(world: World, epoch: number) {
    const { scenario, books, timeline, mutation } = world
    this.#world = world
    const setup = {
      ahead: scenario.ahead,
      repos: '',
      buildTimeoutMs: 1,
      checkoutDepth: 1,
      limits: {},
      publication: null,
    }
    const slotsOf = new Map(scenario.hosts.map((host) => [host.name, host.slots]))
    this.#control = new Control({
      ledger: books,
      runId: 'r1',
      epoch,
      policy: world.policy,
      times: mutation.controlTimes?.(scenario.times) ?? scenario.times,
      nodes: scenario.hosts.map(({ name }) => name),
      // Of every other node it is left to the node.
      setupOf: (node) => ({ ...setup, slots: node.endsWith('2') ? (slotsOf.get(node) ?? null) : null }),
      nowMs: mutation.restartsWithoutGrace === true ? -1e9 : timeline.nowMs,
    })
    world.note(`control begins, epoch ${epoch}`)
  }

  /** Once the world knows of it: it may die at once. */
  begin(): void {
    for (const host of this.#world.hosts) this.#connectSoon(host, this.#world.random.between(0, 2000))
    this.#loop()
  }

  get control(): Control {
    return this.#control
  }

  linkOf(host: Host): Link | null {
    return this.#links.get(host.plan.name)?.link ?? null
  }

  /** What people ask for: a control that stands still is not waited for. False where it was not done. */
  ask(work: (control: Control, nowMs: number) => Effects): boolean {
    return !this.#isFrozen && this.call(work)
  }

  /** Whatever is called may be where control dies: then false is returned, and where it waits until control goes on. */
  call(work: (control: Control, nowMs: number) => Effects): boolean {
    if (!this.isAlive) return false
    if (this.#isFrozen) {
      this.#deferred.push(() => this.call(work))
      return false
    }
    try {
      const effects = work(this.#control, this.#world.timeline.nowMs)
      for (const effect of effects ?? []) this.#do(effect)
      return true
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      this.#world.watch.fault('died in a transaction')
      this.kill('killed in a transaction')
      return false
    }
  }

  /** SIGSTOP, and SIGCONT so much later. */
  standStill(durationMs: number): void {
    if (!this.isAlive || this.#isFrozen) return
    this.#isFrozen = true
    this.#world.timeline.after(durationMs, () => this.#thaw(durationMs))
  }

  #thaw(durationMs: number): void {
    if (!this.isAlive) return
    this.#isFrozen = false
    this.#world.watcher.disturbed()
    this.#control.stoodStill(durationMs, this.#world.timeline.nowMs)
    this.call((control, nowMs) => control.tick(nowMs))
    const deferred = this.#deferred
    this.#deferred = []
    for (const work of deferred) work()
  }

  kill(why: string): void {
    this.#world.watcher.killed()
    this.die(why)
  }

  die(why: string): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.#world.note(`control ends: ${why}`)
    for (const { link } of this.#links.values()) link.closeAtControl()
    this.#world.controlEnded(this)
  }

  #loop(): void {
    if (!this.isAlive) return
    if (!this.#isFrozen) {
      this.call((control, nowMs) => control.tick(nowMs))
      this.#world.watcher.looks(this)
    }
    this.#world.timeline.after(this.#world.scenario.tickMs, () => this.#loop())
  }

  #do(effect: ControlEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(effect.node, effect.connection, effect.order)
        return
      case 'close':
        this.#disconnect(effect.node, effect.connection)
        return
      case 'ask':
        this.#answerSoon(effect.node, effect.question.call)
        return
      case 'applied':
        return
      case 'ended':
        this.ending = effect.ending
        this.#world.note(`control says ${effect.ending.kind}`)
        this.#world.watcher.finished(this)
        // Nodes that were told to stop have their last events taken.
        this.#world.timeline.after(effect.ending.kind === 'detached' ? 0 : 20_000, () => this.die(effect.ending.kind))
    }
  }

  #send(node: string, connection: number, order: Order): void {
    const { mutation } = this.#world
    const open = this.#links.get(node)
    this.#world.asked.says(node, order)
    if (open?.connection !== connection) return
    if (order.type === 'lease') this.#world.note(`control leases ${order.attempt}/${order.generation} to ${node}`)
    if (order.type === 'revoke') this.#world.note(`control revokes ${order.attempt}/${order.generation} from ${node}`)
    const sent = mutation.down === undefined ? order : mutation.down(order)
    if (sent !== null) open.link.sendDown(sent)
    if (mutation.grantsWhatItAskedBack === true && order.type === 'revoke' && !order.evenRunning) {
      const { attempt, generation } = order
      this.#thefts += 1
      const origin = {
        version: protocolVersion,
        node,
        boot: `thief ${this.#world.timeline.nowMs}`,
        sequence: this.#thefts,
        atMs: 0,
      } as const
      const event = { ...origin, type: 'released', attempt, generation } as const satisfies NodeEvent
      this.#world.timeline.after(0, () =>
        this.call((control, nowMs) => control.receive(node, connection, event, nowMs)),
      )
    }
  }

  #receive(node: string, connection: number, message: NodeMessage): void {
    const open = this.#links.get(node)
    if (this.#world.mutation.acknowledgesBeforeCommit === true && 'sequence' in message) {
      const { boot, sequence, version } = message
      open?.link.sendDown({ version, type: 'acknowledge', boot, sequence })
    }
    this.call((control, nowMs) => control.receive(node, connection, message, nowMs))
  }

  #disconnect(node: string, connection: number): void {
    const open = this.#links.get(node)
    if (open?.connection !== connection) return
    this.#links.delete(node)
    open.link.closeAtControl()
    this.#retry(node)
  }

  #closed(node: string, connection: number, why: string): void {
    const open = this.#links.get(node)
    if (open?.connection !== connection) return
    this.#links.delete(node)
    this.call((control, nowMs) => control.disconnected(node, connection, why, nowMs))
    this.#retry(node)
  }

  #retry(node: string): void {
    const host = this.#world.hosts.find(({ plan }) => plan.name === node)
    if (host !== undefined && this.ending === null) this.#connectSoon(host, this.#world.random.between(1000, 30_000))
  }

  #connectSoon(host: Host, waitMs: number): void {
    this.#world.timeline.after(waitMs, () => {
      if (!this.isAlive || this.ending !== null) return
      if (this.#isFrozen) {
        this.#retry(host.plan.name)
        return
      }
      if (host.isReachable) {
        this.#connect(host)
        return
      }
      this.#control.unreachable(host.plan.name, 'it does not answer')
      this.#retry(host.plan.name)
    })
  }

  #connect(host: Host): void {
    const { timeline, random, scenario } = this.#world
    const node = host.plan.name
    const process = host.attach()
    this.#connections += 1
    const connection = this.#connections
    let atNode = 0
    const link = new Link(
      {
        timeline,
        random,
        latencyMs: host.plan.latencyMs,
        isByLines: scenario.isByLines,
        nextLineFault: () => this.#world.nextLineFault(),
      },
      {
        receive: (order) => process.receive(atNode, order),
        closed: () => process.disconnected(atNode),
      },
      {
        receive: (message) => this.#receive(node, connection, message),
        closed: (why) => this.#closed(node, connection, why),
      },
    )
    link.delay(host.extraDelayMs)
    atNode = process.connect(link)
    this.#links.set(node, { link, connection })
    this.#world.note(`control connects to ${node}`)
    this.call((control, nowMs) => control.connected(node, connection, nowMs))
  }

  /** Asked again where it is answered already, it has its answer; where it is under way, it is asked once. */
  #answerSoon(node: string, call: string): void {
    const { timeline, random, watch } = this.#world
    const known = this.#asked.get(call)
    if (known === 'asked') return
    this.#asked.set(call, 'asked')
    const waitMs = known === 'answered' ? 0 : random.between(200, 15_000)
    timeline.after(waitMs, () => {
      this.#asked.set(call, 'answered')
      const fault = { kind: 'model-unreachable', message: '' } as const
      const answer = { kind: 'faulted', fault, model: 'm', usage, costUsd: 0, tries: 1 } as const
      watch.check('a call is answered', true, () => '')
      this.call((control) => control.answered(node, { type: 'model-answer', call, answer }))
    })
  }
}

const usage = { input: 0, output: 0, cacheWrite: 0, cacheRead: 0 }
