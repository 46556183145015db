import type { LeaseKey } from '../../src/domain/lease.ts'
import type { NodeEvent, NodeMessage, Order } from '../../src/domain/message.ts'
import { type LeaseOrder, Node, type NodeEffect } from '../../src/node/node.ts'
import type { Host } from './host.ts'
import type { Link } from './link.ts'
import { Worker } from './worker.ts'
import type { World } from './world.ts'

/** One life of a node: the shell around the `Node` that ships. */
export class NodeProcess {
  readonly world: World
  readonly host: Host
  readonly boot: string
  readonly #node: Node
  readonly #links = new Map<number, Link>()
  readonly #workers = new Map<string, Worker>()
  /** What comes while it is stopped waits. */
  #deferred: (() => void)[] = []
  #connections = 0
  #slots: number
  #diesInEffects: number | null = null
  isAlive = true
  isFrozen = false
  isGateOpen = false
  #beganToCloseLateMs = 0
  readonly #heartbeatSentAtMs = new Map<number, number>()

  constructor(world: World, host: Host, boot: string) {
    this.world = world
    this.host = host
    this.boot = boot
    const kept = host.disk.reopen()
    world.watcher.reopened(host, kept)
    this.#slots = host.plan.slots
    const times = world.mutation.nodeTimes?.(world.scenario.times) ?? world.scenario.times
    this.#node = new Node({ node: host.plan.name, boot, slots: this.#slots, times, kept })
    world.note(`${boot} begins with ${kept.length} events`)
    this.#loop()
  }

  /** A new connection; what it is called here. */
  connect(link: Link): number {
    this.#connections += 1
    this.#links.set(this.#connections, link)
    return this.#connections
  }

  receive(connection: number, order: Order): void {
    this.#whenAwake(() => {
      if (order.type === 'set-slots') this.#slots = order.slots
      if (order.type === 'heartbeat-answer') this.#answered(order.count)
      if (order.type === 'acknowledge') this.world.watcher.acknowledged(order)
      this.#perform(this.#node.receive(connection, order, this.host.clockMs()))
    })
  }

  disconnected(connection: number): void {
    this.#whenAwake(() => {
      this.#links.delete(connection)
      this.#perform(this.#node.disconnected(connection, this.host.clockMs()))
    })
  }

  report(worker: Worker, report: Parameters<Node['report']>[0]): void {
    if (worker.isOver) this.#workers.delete(keyOf(worker.lease))
    this.#perform(this.#node.report(report, this.host.clockMs()))
  }

  ask(question: Parameters<Node['ask']>[0]): void {
    this.#perform(this.#node.ask(question, this.host.clockMs()))
  }

  /** What begins now, unless the process is stopped or ends before. */
  later(waitMs: number, work: () => void): void {
    this.world.timeline.after(waitMs, () => this.#whenAwake(work))
  }

  /** SIGSTOP, or the whole machine sleeps; its containers are left out of it. */
  freeze(): void {
    this.isFrozen = true
  }

  thaw(sleptMs: number): void {
    if (!this.isAlive || !this.isFrozen) return
    this.isFrozen = false
    if (sleptMs > 0) {
      this.host.slept(sleptMs)
      this.#perform(this.#node.slept(sleptMs, this.host.clockMs()))
    }
    this.#perform(this.#node.tick(this.host.clockMs()))
    const deferred = this.#deferred
    this.#deferred = []
    for (const work of deferred) this.#whenAwake(work)
    this.world.watcher.spends(this)
  }

  /** Dies while it does what one of the next calls asks for. */
  dieInEffects(effects: number): void {
    this.#diesInEffects = effects
  }

  die(why: string): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.world.note(`${this.boot} ends: ${why}`)
    for (const link of this.#links.values()) link.closeAtNode()
    this.#links.clear()
    this.world.watcher.died()
  }

  get workers(): readonly Worker[] {
    return [...this.#workers.values()]
  }

  get slots(): number {
    return this.#slots
  }

  /** It may begin what costs something. */
  get maySpend(): boolean {
    return this.isAlive && !this.isFrozen && this.isGateOpen
  }

  #whenAwake(work: () => void): void {
    if (!this.isAlive) return
    if (this.isFrozen) this.#deferred.push(work)
    else work()
  }

  #loop(): void {
    if (!this.isAlive) return
    if (!this.isFrozen) this.#perform(this.#node.tick(this.host.clockMs()))
    this.world.timeline.after(this.world.scenario.tickMs, () => this.#loop())
  }

  #perform(effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (!this.isAlive) return
      if (this.#isToDie(effect)) return
      this.#do(effect)
    }
  }

  #isToDie(effect: NodeEffect): boolean {
    if (this.#diesInEffects === null) return false
    this.#diesInEffects -= 1
    if (this.#diesInEffects > 0) return false
    if (effect.kind === 'keep') this.host.disk.tear(effect.event, this.world.random)
    this.die(`killed at ${effect.kind}`)
    return true
  }

  #do(effect: NodeEffect): void {
    switch (effect.kind) {
      case 'keep':
        this.#keep(effect.event)
        return
      case 'forget':
        this.world.watcher.forgets(this.host.disk.forget(effect.count, this.world.random))
        return
      case 'send':
        this.#send(effect.connection, effect.message)
        return
      case 'close':
        this.#links.get(effect.connection)?.closeAtNode()
        this.#links.delete(effect.connection)
        return
      case 'welcomed':
        this.#slots = effect.welcome.setup.slots ?? this.host.plan.slots
        return
      case 'start':
        this.#start(effect.lease)
        return
      case 'abort':
        this.#workers.get(keyOf(effect.lease))?.abort()
        return
      case 'answered':
        for (const worker of this.#workers.values()) worker.answered(effect.answer.call)
        return
      case 'gate':
        this.#gate(effect.isOpen)
        return
      case 'ended':
        this.die('it is done')
    }
  }

  #keep(event: NodeEvent): void {
    const { mutation, random } = this.world
    if (this.host.isDiskFull) {
      this.die('its disk is full')
      return
    }
    this.world.note(`${this.boot} keeps ${event.sequence} ${event.type} of ${event.attempt}/${event.generation}`)
    if (mutation.keepsNothing === true && random.chance(0.5)) this.world.watcher.keeps(event)
    else {
      this.host.disk.append(event)
      this.world.watcher.keeps(event)
    }
  }

  #send(connection: number, message: NodeMessage): void {
    const { mutation, watcher } = this.world
    const link = this.#links.get(connection)
    if (message.type === 'hello' || message.type === 'heartbeat') {
      watcher.pulses(this, message)
      if (message.type === 'heartbeat') this.#heartbeatSentAtMs.set(message.count, this.world.timeline.nowMs)
    }
    link?.sendUp(mutation.up?.(message, this) ?? message)
    if (mutation.forgetsWhatItSends === true && 'sequence' in message) {
      const { boot, sequence } = message
      this.later(0, () => {
        const order = { version: message.version, type: 'acknowledge', boot, sequence } as const
        this.#perform(this.#node.receive(connection, order, this.host.clockMs()))
      })
    }
  }

  #start(lease: LeaseOrder): void {
    const running = this.#workers.size
    this.world.watch.check('I8 no more than its slots', running < this.#slots, () => {
      return `${this.boot} starts ${keyOf(lease)} beside ${running} on ${this.#slots} slots`
    })
    this.world.note(`${this.boot} starts ${keyOf(lease)}`)
    const worker = new Worker(this, lease)
    this.#workers.set(keyOf(lease), worker)
    this.later(0, () => worker.begin())
  }

  #gate(isOpen: boolean): void {
    const lateMs = isOpen || this.world.mutation.trustsFromReceipt !== true ? 0 : this.#beganToCloseLateMs
    if (lateMs > 0) {
      this.later(lateMs, () => this.#setGate(false))
      return
    }
    this.#setGate(isOpen)
  }

  #setGate(isOpen: boolean): void {
    this.isGateOpen = isOpen
    this.world.note(`${this.boot} ${isOpen ? 'trusts' : 'trusts no more'}`)
    if (!isOpen) return
    for (const worker of this.#workers.values()) this.later(0, () => worker.goOn())
    this.world.watcher.spends(this)
  }

  /** How much later its trust would end, were it counted from when an answer came. */
  #answered(count: number): void {
    const sentAtMs = this.#heartbeatSentAtMs.get(count)
    if (sentAtMs !== undefined) this.#beganToCloseLateMs = this.world.timeline.nowMs - sentAtMs
    this.#heartbeatSentAtMs.clear()
  }
}

function keyOf({ attempt, generation }: LeaseKey): string {
  return `${attempt}/${generation}`
}
