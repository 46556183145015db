import { type HeldLease, keyIn, keyName, type LeaseKey } from '../domain/lease.ts'
import {
  type NodeEvent,
  type NodeMessage,
  type NodeMode,
  type NodePulse,
  type NodeQuestion,
  type NodeReport,
  type Order,
  protocolVersion,
} from '../domain/message.ts'
import type { NodeFacts } from '../domain/node-facts.ts'
import { type ProtocolTimes, withLease } from '../domain/protocol-times.ts'
import { type Deques, emptyDeques, pushTo, resizeDeques, takeFor, withoutItems } from './deques.ts'
import { KeptEvents } from './kept-events.ts'
import { Trust } from './trust.ts'

export type LeaseOrder = Extract<Order, { type: 'lease' }>
type Welcome = Extract<Order, { type: 'welcome' }>
/** What comes back for a question. */
export type Answer = Extract<Order, { type: 'model-answer' | 'repository-answer' }>

/** What whoever holds a `Node` is to do, in this order. */
export type NodeEffect =
  /** On disk before anything that follows. */
  | { readonly kind: 'keep'; readonly event: NodeEvent }
  /** So many of the oldest that were kept. */
  | { readonly kind: 'forget'; readonly count: number }
  /** On the connection that is obeyed. */
  | { readonly kind: 'send'; readonly connection: number; readonly message: NodeMessage }
  | { readonly kind: 'close'; readonly connection: number; readonly why: string }
  /** The first of a boot comes before any `start`. */
  | { readonly kind: 'welcomed'; readonly welcome: Welcome }
  /** Begin the attempt; how it ends is told by `report`. */
  | { readonly kind: 'start'; readonly lease: LeaseOrder }
  | { readonly kind: 'abort'; readonly lease: LeaseKey }
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** Whoever sits at control looks at what this lease prints. */
  | { readonly kind: 'show'; readonly connection: number; readonly lease: LeaseKey }
  /** While it is closed nothing is spent: no container is started, nothing is built, no model asked. */
  | { readonly kind: 'gate'; readonly isOpen: boolean }
  /** Told to stop, and nothing is left to tell: the process may end. */
  | { readonly kind: 'ended' }

export interface NodeOptions {
  readonly node: string
  /** Unique to this life of the node process. */
  readonly boot: string
  /** Where control leaves it to the node. */
  readonly slots: number
  /** As far as control says nothing else. */
  readonly times: ProtocolTimes
  /** Events of earlier lives that were not acknowledged, oldest first. */
  readonly kept: readonly NodeEvent[]
}

interface Entry {
  readonly lease: LeaseOrder
  /** -1 while it waits. */
  readonly slot: number
  /** It is another's by now: it ends, and nobody waits for a word about it. */
  readonly isDropped?: boolean
}

/** With more than this waiting to be acknowledged, nothing more is taken. */
const maxKeptBytes = 64 * 2 ** 20

const endTypes: ReadonlySet<NodeReport['type']> = new Set(['settled', 'graded', 'faulted', 'released'])

/**
 * What a node does about its leases, without I/O: told what happens and when, it says what is to be done. Rules R1 to R14 of
 * the protocol that concern a node are here.
 */
export class Node {
  #options: NodeOptions
  #slots: number
  #ahead = 0
  #mode: NodeMode | 'stopping' = 'working'
  #facts: NodeFacts | null = null
  /** Leases that wait or run, by key. */
  readonly #entries = new Map<string, Entry>()
  #deques: Deques<LeaseOrder>
  readonly #kept: KeptEvents
  #sequence = 0
  readonly #questions = new Map<string, NodeQuestion>()
  #welcome: Welcome | null = null
  /** The connection that is obeyed; null while there is none. */
  #connection: number | null = null
  /** While there is none: since when, null until the first tick. */
  #aloneSinceMs: number | null = null
  #heardAtMs = 0
  #grantSeen = 0
  #count = 0
  #nextHeartbeatAtMs = 0
  readonly #trust: Trust
  #isGateOpen = false
  #effects: NodeEffect[] = []

  constructor(options: NodeOptions) {
    this.#options = options
    this.#slots = options.slots
    this.#deques = emptyDeques(options.slots)
    this.#kept = new KeptEvents(options.kept)
    this.#trust = new Trust(options.times)
  }

  /** `connection` is the caller's name for where the order came from. */
  receive(connection: number, order: Order, nowMs: number): readonly NodeEffect[] {
    if (order.type === 'welcome') this.#welcomed(connection, order, nowMs)
    else if (connection === this.#connection) {
      this.#heardAtMs = nowMs
      this.#obey(order, nowMs)
    }
    return this.#settle(nowMs)
  }

  disconnected(connection: number, nowMs: number): readonly NodeEffect[] {
    if (connection === this.#connection) this.#connection = null
    return this.#settle(nowMs)
  }

  /** What happened to an attempt that was started; of one that is over, it is dropped. */
  report(report: NodeReport, nowMs: number): readonly NodeEffect[] {
    const entry = this.#entries.get(keyName(report))
    if (entry?.isDropped === true) {
      if (endTypes.has(report.type)) this.#remove(report)
    } else if (entry !== undefined) this.#tell(report, nowMs)
    return this.#settle(nowMs)
  }

  ask(question: NodeQuestion, nowMs: number): readonly NodeEffect[] {
    this.#questions.set(question.call, question)
    this.#send(question)
    return this.#settle(nowMs)
  }

  /** How the machine is; said with the next heartbeat. */
  observe(facts: NodeFacts): void {
    this.#facts = facts
  }

  /** The machine slept for so long, as far as its wall clock tells: what was trusted ends so much sooner (R14). */
  slept(durationMs: number, nowMs: number): readonly NodeEffect[] {
    this.#trust.slept(durationMs)
    // Where that clock was only set, little is lost: control is asked now.
    this.#nextHeartbeatAtMs = nowMs
    return this.#settle(nowMs)
  }

  /** To be called about every second. */
  tick(nowMs: number): readonly NodeEffect[] {
    this.#endIfAbandoned(nowMs)
    const { silenceMs, heartbeatMs } = this.#options.times
    if (this.#connection !== null && nowMs - this.#heardAtMs > silenceMs) {
      this.#close(this.#connection, `nothing was heard of control for ${Math.round(silenceMs / 1000)} s`)
    }
    if (this.#connection !== null && nowMs >= this.#nextHeartbeatAtMs) {
      this.#count += 1
      this.#nextHeartbeatAtMs = nowMs + heartbeatMs
      this.#trust.sent(this.#count, nowMs)
      this.#send({ ...this.#pulse(), type: 'heartbeat', count: this.#count, grant: this.#grantSeen })
    }
    return this.#settle(nowMs)
  }

  /** Whether nothing waits or runs here. */
  get isIdle(): boolean {
    return this.#entries.size === 0
  }

  /** What control has not stored yet, oldest first. */
  get kept(): readonly NodeEvent[] {
    return this.#kept.events
  }

  #welcomed(connection: number, welcome: Welcome, nowMs: number): void {
    const known = this.#welcome
    if (known !== null && !isNewer(welcome, known)) {
      this.#effects.push({ kind: 'close', connection, why: 'there is a newer connection' })
      return
    }
    if (this.#connection !== null) this.#close(this.#connection, 'there is a newer connection')
    this.#welcome = welcome
    this.#connection = connection
    this.#aloneSinceMs = null
    this.#heardAtMs = nowMs
    this.#grantSeen = 0
    this.#count = 0
    this.#ahead = welcome.setup.ahead
    const { times } = this.#options
    this.#options = { ...this.#options, times: withLease(times, welcome.setup.leaseMs ?? times.leaseMs) }
    this.#resize(welcome.setup.slots ?? this.#options.slots)
    this.#trust.connected(this.#options.times, nowMs)
    this.#nextHeartbeatAtMs = nowMs + this.#options.times.heartbeatMs
    this.#effects.push({ kind: 'welcomed', welcome })
    const { node, boot } = this.#options
    this.#send({ ...this.#pulse(), type: 'hello', node, boot })
    for (const event of this.#kept.events) this.#send(event)
    for (const question of this.#questions.values()) this.#send(question)
  }

  #obey(order: Exclude<Order, Welcome>, nowMs: number): void {
    switch (order.type) {
      case 'lease':
        this.#grantSeen = Math.max(this.#grantSeen, order.grant)
        this.#take(order, nowMs)
        return
      case 'revoke': {
        const entry = this.#entries.get(keyName(order))
        if (entry !== undefined && (entry.slot < 0 || order.evenRunning)) this.#giveBack(entry, nowMs)
        return
      }
      case 'heartbeat-answer':
        this.#drop(order.dropped)
        this.#trust.answered(order.count)
        return
      case 'model-answer':
      case 'repository-answer':
        if (this.#questions.delete(order.call)) this.#effects.push({ kind: 'answered', answer: order })
        return
      case 'tail-call': {
        const entry = this.#entries.get(keyName(order))
        if (entry === undefined || entry.slot < 0 || this.#connection === null) return
        this.#effects.push({ kind: 'show', connection: this.#connection, lease: keyIn(order) })
        return
      }
      case 'acknowledge':
        this.#forget(order.boot, order.sequence)
        return
      case 'set-slots':
        this.#resize(order.slots)
        return
      case 'set-mode':
        if (this.#mode !== 'stopping') this.#mode = order.mode
        return
      case 'detach':
        this.#trust.leftAlone(order.trustMs)
        return
      case 'stop':
        this.#stop(nowMs)
        return
    }
  }

  #stop(nowMs: number): void {
    this.#mode = 'stopping'
    for (const entry of this.#entries.values()) this.#giveBack(entry, nowMs)
  }

  /** Whoever held this node's leases does not come back: then it holds none. */
  #endIfAbandoned(nowMs: number): void {
    if (this.#connection !== null || this.#mode === 'stopping') return
    this.#aloneSinceMs ??= nowMs
    const { idleMs, abandonedMs } = this.#options.times
    const isBusy = this.#entries.size > 0
    const endsAtMs = Math.max(this.#aloneSinceMs, this.#trust.untilMs) + (isBusy ? abandonedMs : idleMs)
    if (nowMs >= endsAtMs) this.#stop(nowMs)
  }

  #take(lease: LeaseOrder, nowMs: number): void {
    if (this.#entries.has(keyName(lease))) return
    this.#entries.set(keyName(lease), { lease, slot: -1 })
    // Control counts too; this is for the case that it counts wrong (R12).
    if (this.#mode === 'stopping' || this.#entries.size > this.#slots + this.#ahead) {
      this.#tell({ type: 'released', ...keyIn(lease) }, nowMs)
      return
    }
    const repo = lease.task.instance.repo
    this.#deques = pushTo(this.#deques, lease, (other) => other.task.instance.repo === repo)
  }

  /** What waits is given back at once; what runs is aborted, and whoever runs it tells its end. */
  #giveBack(entry: Entry, nowMs: number): void {
    if (entry.slot >= 0) this.#effects.push({ kind: 'abort', lease: keyIn(entry.lease) })
    else this.#tell({ type: 'released', ...keyIn(entry.lease) }, nowMs)
  }

  /** They are another's by now. */
  #drop(dropped: readonly LeaseKey[]): void {
    for (const key of dropped) {
      const entry = this.#entries.get(keyName(key))
      if (entry === undefined || entry.isDropped === true) continue
      if (entry.slot < 0) this.#remove(key)
      else {
        this.#entries.set(keyName(key), { ...entry, isDropped: true })
        this.#effects.push({ kind: 'abort', lease: keyIn(key) })
      }
    }
  }

  #tell(report: NodeReport, nowMs: number): void {
    this.#sequence += 1
    const { node, boot } = this.#options
    const event: NodeEvent = { ...report, version: protocolVersion, node, boot, sequence: this.#sequence, atMs: nowMs }
    this.#kept.add(event)
    this.#effects.push({ kind: 'keep', event })
    this.#send(event)
    if (endTypes.has(report.type)) this.#remove(report)
  }

  #remove(key: LeaseKey): void {
    this.#entries.delete(keyName(key))
    this.#deques = withoutItems(this.#deques, (lease) => keyName(lease) === keyName(key))
    for (const question of this.#questions.values()) {
      if (keyName(question) === keyName(key)) this.#questions.delete(question.call)
    }
  }

  #forget(boot: string, sequence: number): void {
    const count = this.#kept.forget(boot, sequence)
    if (count > 0) this.#effects.push({ kind: 'forget', count })
  }

  #resize(slots: number): void {
    this.#slots = slots
    this.#deques = resizeDeques(this.#deques, slots)
  }

  /** What follows from the state, whatever led to it. */
  #settle(nowMs: number): readonly NodeEffect[] {
    const isTrusted = nowMs < this.#trust.untilMs
    if (isTrusted !== this.#isGateOpen) {
      this.#isGateOpen = isTrusted
      this.#effects.push({ kind: 'gate', isOpen: isTrusted })
    }
    if (isTrusted && this.#mode !== 'paused' && this.#mode !== 'stopping') this.#fillSlots()
    // What is kept waits on the disk where nobody is there to take it.
    const isTold = this.#kept.count === 0 || this.#connection === null
    if (this.#mode === 'stopping' && this.#entries.size === 0 && isTold) this.#effects.push({ kind: 'ended' })
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #fillSlots(): void {
    if (this.#deques.every((deque) => deque.length === 0)) return
    const running = [...this.#entries.values()].filter(({ slot }) => slot >= 0)
    if (running.length >= this.#slots) return
    const busySlots = new Set(running.map(({ slot }) => slot))
    const busyAttempts = new Set(running.map(({ lease }) => lease.attempt))
    // Of slots that are no more some may be busy still.
    let free = this.#slots - running.length
    for (let slot = 0; slot < this.#slots && free > 0; slot += 1) {
      if (busySlots.has(slot)) continue
      // Of one attempt an older lease may still be ending.
      const taken = takeFor(this.#deques, slot, (lease) => !busyAttempts.has(lease.attempt))
      if (taken === null) continue
      this.#deques = taken.deques
      busyAttempts.add(taken.item.attempt)
      free -= 1
      this.#entries.set(keyName(taken.item), { lease: taken.item, slot })
      this.#effects.push({ kind: 'start', lease: taken.item })
    }
  }

  #pulse() {
    const room = Math.max(0, this.#slots + this.#ahead - this.#entries.size)
    const isTaking = this.#mode === 'working' && this.#kept.bytes < maxKeptBytes && this.#facts?.engine !== 'gone'
    return {
      version: protocolVersion,
      held: this.#held(),
      facts: this.#facts,
      slots: this.#slots,
      room: isTaking ? room : 0,
    } satisfies Partial<NodePulse>
  }

  /** Every lease that this node knows: those that wait and run, and those whose end is not stored yet (R2). */
  #held(): readonly HeldLease[] {
    const open = [...this.#entries.values()].flatMap(({ lease, slot, isDropped }): HeldLease[] => {
      return isDropped === true ? [] : [{ ...keyIn(lease), state: slot < 0 ? 'waiting' : 'running' }]
    })
    const ended = this.#kept.events.flatMap((event): HeldLease[] => {
      return endTypes.has(event.type) ? [{ ...keyIn(event), state: 'ended' }] : []
    })
    return [...open, ...ended]
  }

  #send(message: NodeMessage): void {
    if (this.#connection !== null) this.#effects.push({ kind: 'send', connection: this.#connection, message })
  }

  #close(connection: number, why: string): void {
    this.#effects.push({ kind: 'close', connection, why })
    if (connection === this.#connection) this.#connection = null
  }
}

function isNewer(a: Welcome, b: Welcome): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.connection > b.connection)
}
