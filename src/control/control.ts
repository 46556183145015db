import { type AttemptEvent, type FaultPolicy, leaseOf, leasesOf } from '../domain/attempt.ts'
import type { Fault } from '../domain/fault.ts'
import { keyIn, type Lease, type LeaseKey } from '../domain/lease.ts'
import {
  type NodeEvent,
  type NodeMessage,
  type NodePulse,
  type NodeQuestion,
  type NodeSetup,
  type NodeTail,
  type Order,
  protocolVersion,
} from '../domain/message.ts'
import type { ProtocolTimes } from '../domain/protocol-times.ts'
import type { OpenAttempt, StoredAttempt } from '../store/attempts.ts'
import { applyEvent, type Change } from './apply-event.ts'
import { type Asked, askedOf } from './asked.ts'
import { deathOf, endLease } from './end-lease.ts'
import { calm } from './fault-storm.ts'
import {
  differences,
  expiryOf,
  type FleetNode,
  fleetNode,
  isHeldBy,
  type KnownLease,
  seenLeases,
  unstarted,
  viewOf,
} from './fleet-node.ts'
import { type Grant, Grants } from './grants.ts'
import { leaseAttempt } from './lease-attempt.ts'
import type { Ledger } from './ledger.ts'
import type { NodeView } from './node-view.ts'
import { avoidanceAfter } from './queue.ts'
import { SavedNodes } from './saved-nodes.ts'
import { noteDeath, noteFault } from './set-aside.ts'

export type ModelCall = Extract<NodeQuestion, { type: 'model-call' }>

/** How a run came to its end. */
export type RunEnding =
  | { readonly kind: 'finished' }
  | { readonly kind: 'stopped' }
  /** Control took leave; the nodes go on with what they hold. */
  | { readonly kind: 'detached' }
  /** Every node failed too often in a row, or no model may be asked any more; what is left stays queued. */
  | { readonly kind: 'halted'; readonly fault: Fault }

/** What whoever holds a `Control` is to do, in this order. What it follows from is written down by then (R1). */
export type ControlEffect =
  | { readonly kind: 'send'; readonly node: string; readonly connection: number; readonly order: Order }
  | { readonly kind: 'close'; readonly node: string; readonly connection: number; readonly why: string }
  /** To be answered by `answered`, unless the node asks again. */
  | { readonly kind: 'ask'; readonly node: string; readonly question: NodeQuestion }
  | { readonly kind: 'tail'; readonly tail: NodeTail }
  /** An event was applied; of one that came twice, once. */
  | { readonly kind: 'applied'; readonly event: NodeEvent; readonly change: Change }
  /** A lease is over by what control itself says: its node died, or knows nothing of it. */
  | { readonly kind: 'lost'; readonly change: NonNullable<Change>; readonly atMs: number }
  /** Once. */
  | { readonly kind: 'ended'; readonly ending: RunEnding }

export interface ControlOptions {
  readonly ledger: Ledger
  readonly runId: string
  readonly epoch: number
  readonly policy: FaultPolicy
  readonly times: ProtocolTimes
  readonly nodes: readonly string[]
  readonly setupOf: (node: string) => NodeSetup
  readonly nowMs: number
}

type OrderBody = Order extends infer O ? (O extends unknown ? Omit<O, 'version'> : never) : never

/** What is known of an attempt that is not over. */
interface Open {
  readonly repo: string
  /** A second lease of it costs nothing but time. */
  readonly mayTwin: boolean
}

/**
 * Keeps the books of one run, without I/O: told what nodes say and what people ask for, it writes it into the ledger and
 * says what is to be done. Rules R1 to R14 of the protocol that concern control are here.
 */
export class Control {
  readonly #options: ControlOptions
  readonly #open = new Map<number, Open>()
  readonly #nodes = new Map<string, FleetNode>()
  readonly #grants: Grants
  readonly #saved: SavedNodes
  #isPaused: boolean
  #ending: RunEnding | null = null
  /** What runs is waited for, and not aborted. */
  #isFinishing = false
  #hasEnded = false
  /** Where control takes leave: how long nodes go on alone. */
  #leftAloneUntilMs = 0
  #effects: ControlEffect[] = []

  constructor(options: ControlOptions) {
    this.#options = options
    this.#saved = new SavedNodes(options.ledger, options.times)
    this.#isPaused = options.ledger.isPaused()
    this.#grants = new Grants({
      nodes: this.#nodes,
      aheadOf: (node) => options.setupOf(node).ahead,
      mayTwin: (attempt) => this.#open.get(attempt)?.mayTwin === true,
    })
    for (const node of options.nodes) this.#nodeCalled(node)
    for (const { repo, count, sumMs } of options.ledger.times()) this.#grants.queue.learn(repo, count, sumMs)
    for (const attempt of options.ledger.open()) this.#begin(attempt)
  }

  /** A connection to a node was made; its number is higher than any before it in this life of control (R3). */
  connected(name: string, connection: number, nowMs: number): readonly ControlEffect[] {
    const node = this.#nodeCalled(name)
    if (node.connection !== null) this.#close(node, 'there is a newer connection')
    node.connection = connection
    node.isUp = false
    node.grants = 0
    node.connectedAtMs = nowMs
    // What was asked back on the connection before may never have arrived there.
    for (const [attempt, lease] of node.leases) node.leases.set(attempt, { ...lease, grant: 0, isAskedBack: false })
    const { epoch, runId, setupOf } = this.#options
    const setup = setupOf(name)
    const slots = node.slotsAsked ?? setup.slots
    this.#send(node, { type: 'welcome', epoch, connection, runId, setup: { ...setup, slots } })
    return this.#settle(nowMs)
  }

  /** `why`, in one line, is shown until the node is heard of again. */
  disconnected(name: string, connection: number, why: string, nowMs: number): readonly ControlEffect[] {
    const node = this.#nodes.get(name)
    if (node?.connection === connection) {
      node.connection = null
      node.isUp = false
      if (this.#hasEnded && !this.#isLeaving) this.#left(node, nowMs)
      else node.trouble = why
    }
    return this.#settle(nowMs)
  }

  /** It was told that the run is over, and went. */
  #left(node: FleetNode, nowMs: number): void {
    node.hasLeft = true
    this.#saved.save(this.#nodes.values(), nowMs)
  }

  /** It could not be reached, for this reason; whoever calls tries again. */
  unreachable(name: string, why: string): void {
    this.#nodeCalled(name).trouble = why
  }

  receive(name: string, connection: number, message: NodeMessage, nowMs: number): readonly ControlEffect[] {
    const node = this.#nodes.get(name)
    if (node === undefined || node.connection !== connection) return []
    switch (message.type) {
      case 'hello':
        this.#greet(node, message, nowMs)
        break
      case 'heartbeat':
        // A node that is left alone goes by what it was left with, and not by what would be heard next.
        if (node.isUp && !this.#isLeaving) this.#pulse(node, message, message.count, nowMs)
        break
      case 'model-call':
      case 'repository-call':
        if (isHeldBy(node, message)) this.#effects.push({ kind: 'ask', node: name, question: message })
        break
      case 'tail-answer':
        if (isHeldBy(node, message)) this.#effects.push({ kind: 'tail', tail: message })
        break
      default:
        // By one clock, since times of different nodes are compared: a node's own may be wrong.
        this.#apply(node, { ...message, atMs: nowMs }, nowMs)
    }
    return this.#settle(nowMs)
  }

  /** What came of a question. Where the node is not connected it asks again. */
  answered(
    name: string,
    answer: Extract<OrderBody, { type: 'model-answer' | 'repository-answer' }>,
  ): readonly ControlEffect[] {
    const node = this.#nodes.get(name)
    // Who was told to stop waits for nothing.
    if (node?.isUp && this.#ending === null) this.#send(node, answer)
    return this.#taken()
  }

  /** Nobody was listened to for so long: that is no silence of a node, whose lease is given to nobody else for it. */
  stoodStill(durationMs: number, nowMs: number): void {
    for (const node of this.#nodes.values()) {
      node.heardAtMs = Math.min(nowMs, node.heardAtMs + durationMs)
      node.connectedAtMs = Math.min(nowMs, node.connectedAtMs + durationMs)
    }
  }

  /** To be called about every second. */
  tick(nowMs: number): readonly ControlEffect[] {
    for (const node of this.#nodes.values()) {
      const { silenceMs, greetMs } = this.#options.times
      const [sinceMs, limitMs] = node.isUp ? [node.heardAtMs, silenceMs] : [node.connectedAtMs, greetMs]
      const silentMs = nowMs - sinceMs
      if (node.connection !== null && silentMs > limitMs) {
        this.#close(node, `nothing was heard of it for ${Math.round(silentMs / 1000)} s`)
      }
      if (node.leases.size > 0 && nowMs > expiryOf(node, this.#options.times)) this.#lose(node, nowMs)
    }
    this.#grants.learnFromRunning(nowMs)
    if (this.#isGoing) this.#balance(nowMs)
    const effects = this.#settle(nowMs)
    if (this.#saved.isDue(nowMs)) this.#saved.save(this.#nodes.values(), nowMs)
    return effects
  }

  /** Takes nothing new and has every node give back what it runs. */
  stop(nowMs: number): readonly ControlEffect[] {
    this.#ending = { kind: 'stopped' }
    this.#isFinishing = false
    this.#stopNodes()
    return this.#settle(nowMs)
  }

  /** Nodes finish what runs and take nothing new; then the run ends here. */
  finishRunning(nowMs: number): readonly ControlEffect[] {
    this.#ending ??= { kind: 'stopped' }
    this.#isFinishing = true
    for (const node of this.#nodes.values()) if (node.isUp) this.#tellMode(node)
    return this.#settle(nowMs)
  }

  /** Leaves the nodes alone with what they hold, for so long at most. */
  detach(trustMs: number, nowMs: number): readonly ControlEffect[] {
    this.#ending = { kind: 'detached' }
    this.#isFinishing = false
    this.#leftAloneUntilMs = nowMs + trustMs
    for (const node of this.#nodes.values()) if (node.isUp) this.#leaveAlone(node, nowMs)
    // Before the orders leave.
    this.#saved.save(this.#nodes.values(), nowMs)
    return this.#settle(nowMs)
  }

  #leaveAlone(node: FleetNode, nowMs: number): void {
    node.trustedUntilMs = this.#leftAloneUntilMs
    this.#tellMode(node)
    this.#send(node, { type: 'detach', trustMs: this.#leftAloneUntilMs - nowMs })
  }

  get #isLeaving(): boolean {
    return this.#ending?.kind === 'detached'
  }

  /** Starts nothing anywhere, until it is resumed; in later lives of control neither. */
  pause(isPaused: boolean, nowMs: number): readonly ControlEffect[] {
    const { ledger } = this.#options
    ledger.transaction(() => ledger.savePaused(isPaused))
    this.#isPaused = isPaused
    for (const node of this.#nodes.values()) if (node.isUp) this.#tellMode(node)
    return this.#settle(nowMs)
  }

  /** A node finishes what runs and takes nothing new, until that is taken back. Null where there is no such node. */
  drain(name: string, isDraining: boolean, nowMs: number): readonly ControlEffect[] | null {
    const node = this.#nodes.get(name)
    if (node === undefined) return null
    node.isDraining = isDraining
    this.#saved.save(this.#nodes.values(), nowMs)
    if (node.isUp) this.#tellMode(node)
    return this.#settle(nowMs)
  }

  /** Attempts at a time on one node. Null where there is no such node. */
  setSlots(name: string, slots: number, nowMs: number): readonly ControlEffect[] | null {
    const node = this.#nodes.get(name)
    if (node === undefined) return null
    node.slots = slots
    node.slotsAsked = slots
    this.#saved.save(this.#nodes.values(), nowMs)
    if (node.isUp) this.#send(node, { type: 'set-slots', slots })
    return this.#settle(nowMs)
  }

  /** Asks whoever runs an attempt what it prints now. Null where nobody who is heard of does. */
  askTail(attempt: number): { readonly lease: LeaseKey; readonly effects: readonly ControlEffect[] } | null {
    for (const node of this.#nodes.values()) {
      const known = node.leases.get(attempt)
      if (known === undefined || known.startedAtMs === null || !node.isUp) continue
      const lease = keyIn(known)
      this.#send(node, { type: 'tail-call', ...lease })
      return { lease, effects: this.#taken() }
    }
    return null
  }

  /** An attempt that was over is queued again. */
  requeued(attempt: OpenAttempt, nowMs: number): readonly ControlEffect[] {
    this.#begin(attempt)
    return this.#settle(nowMs)
  }

  nodes(nowMs: number): readonly NodeView[] {
    return [...this.#nodes.values()].map((node) => viewOf(node, this.#options.times, nowMs))
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** What people asked for, in earlier lives of control too; null where nothing is to be taken back. */
  get asked(): Asked | null {
    return askedOf(this.#isPaused, this.#nodes.values())
  }

  /** Attempts that wait for a node. */
  get waiting(): number {
    return this.#grants.queue.size
  }

  #nodeCalled(name: string): FleetNode {
    const { nowMs, ledger } = this.#options
    const known = this.#nodes.get(name)
    if (known !== undefined) return known
    const made = fleetNode(name, nowMs, ledger.savedNode(name))
    this.#nodes.set(name, made)
    return made
  }

  #begin({ attempt_id, repo, kind, author, attempt }: OpenAttempt): void {
    this.#open.set(attempt_id, { repo, mayTwin: kind === 'synthesis' && author === 'rules' })
    this.#follow(attempt_id, attempt)
  }

  #greet(node: FleetNode, hello: Extract<NodePulse, { type: 'hello' }>, nowMs: number): void {
    if (hello.node !== node.node) {
      this.#close(node, `E_NODE_DUP: it is ${hello.node} already: two hosts name one machine and work folder`)
      return
    }
    const isReborn = node.boot !== null && node.boot !== hello.boot
    node.boot = hello.boot
    node.isUp = true
    node.hasLeft = false
    node.trouble = null
    if (isReborn) noteDeath(node, nowMs)
    this.#saved.hasten()
    if (this.#isLeaving) {
      this.#leaveAlone(node, nowMs)
      this.#saved.save(this.#nodes.values(), nowMs)
      return
    }
    this.#pulse(node, hello, 0, nowMs, isReborn)
    if (this.#ending !== null && !this.#isFinishing) this.#send(node, { type: 'stop' })
    // What it was told last may be from before, and no longer hold.
    else this.#tellMode(node)
  }

  #pulse(node: FleetNode, pulse: NodePulse, count: number, nowMs: number, isReborn = false): void {
    const { gone, dropped } = differences(node, pulse)
    node.heardAtMs = nowMs
    node.trustedUntilMs = 0
    node.slots = pulse.slots
    node.facts = pulse.facts ?? node.facts
    const open = pulse.held.filter(({ state }) => state !== 'ended').length
    node.isTaking = pulse.room > 0 || open >= pulse.slots
    for (const lease of gone) {
      const isDeath = isReborn && lease.startedAtMs !== null
      const event = isDeath
        ? deathOf(lease, node.node, nowMs)
        : ({ type: 'released', generation: lease.generation } as const)
      this.#advance(lease.attempt, event, node, nowMs)
    }
    for (const lease of seenLeases(node, pulse.held, nowMs)) node.leases.set(lease.attempt, lease)
    this.#send(node, { type: 'heartbeat-answer', count, dropped })
  }

  #apply(node: FleetNode, event: NodeEvent, nowMs: number): void {
    const lease = node.leases.get(event.attempt)
    const change = applyEvent(this.#options.ledger, event, this.#options.policy)
    this.#send(node, { type: 'acknowledge', boot: event.boot, sequence: event.sequence })
    if (lease !== undefined && lease.generation === event.generation) this.#note(node, lease, event, change, nowMs)
    if (change !== null) {
      this.#follow(event.attempt, change.attempt, node)
      if (change.attempt.state === 'settled') this.#spare(change)
    }
    // A connection that ends takes acknowledgements with it: what came is then sent again.
    const isRepeated = node.applied?.boot === event.boot && event.sequence <= node.applied.sequence
    if (isRepeated) return
    node.applied = { boot: event.boot, sequence: event.sequence }
    this.#effects.push({ kind: 'applied', event, change })
  }

  /** What an event of a lease that counts says of the node. */
  #note(node: FleetNode, lease: KnownLease, event: NodeEvent, change: Change, nowMs: number): void {
    switch (event.type) {
      case 'stage':
        if (lease.startedAtMs === null) node.leases.set(lease.attempt, { ...lease, startedAtMs: nowMs })
        return
      case 'iteration':
      case 'rollout':
        node.storm = calm
        node.deaths = 0
        return
      case 'faulted':
        this.#noteFault(node, event.fault, nowMs)
        return
      case 'settled':
      case 'graded':
        node.storm = calm
        node.deaths = 0
        node.timesAside = 0
        node.settled += 1
        if (change?.attempt.state === 'settled' && isGood(change.attempt.verdict.kind)) node.accepted += 1
        this.#grants.learn(node, lease, nowMs)
        return
      case 'released':
        if (lease.isAskedBack) node.stolen += 1
        // It gave back what it was to do: what it has room for is not known.
        else node.isTaking = false
    }
  }

  #noteFault(node: FleetNode, fault: Fault, nowMs: number): void {
    switch (noteFault(node, fault, nowMs)) {
      case 'going-on':
        return
      case 'final':
        this.#end({ kind: 'halted', fault })
        return
      case 'set-aside': {
        this.#askBack(node, unstarted(node))
        const others = [...this.#nodes.values()].filter((other) => other.isUp && nowMs >= other.asideUntilMs)
        if (others.length === 0) this.#end({ kind: 'halted', fault })
      }
    }
  }

  #spare(settled: StoredAttempt): void {
    for (const attempt of this.#options.ledger.spare(settled)) {
      const state = this.#options.ledger.get(attempt)?.attempt
      if (state !== undefined) this.#follow(attempt, state)
    }
  }

  /** Its leases are over: others do what it held. */
  #lose(node: FleetNode, nowMs: number): void {
    for (const lease of [...node.leases.values()]) {
      this.#advance(lease.attempt, deathOf(lease, node.node, nowMs), node, nowMs)
    }
    this.#grants.queue.leave(node.node)
  }

  #advance(attempt: number, event: AttemptEvent<never>, by: FleetNode, nowMs: number): void {
    const { ledger, policy } = this.#options
    const change = endLease(ledger, attempt, event, policy)
    by.leases.delete(attempt)
    if (change === null) return
    this.#effects.push({ kind: 'lost', change, atMs: nowMs })
    this.#follow(attempt, change.attempt, by)
  }

  /** Brings what is known in memory to what the ledger says of an attempt. `by` knows it already. */
  #follow(
    attempt: number,
    state: OpenAttempt['attempt'] | StoredAttempt['attempt'],
    by: FleetNode | null = null,
  ): void {
    const open = this.#open.get(attempt)
    if (open === undefined) return
    for (const node of this.#nodes.values()) {
      const lease = node.leases.get(attempt)
      if (lease === undefined || leaseOf(state, lease.generation)?.node === node.node) continue
      node.leases.delete(attempt)
      if (node !== by && node.isUp) this.#send(node, { type: 'revoke', ...keyIn(lease), evenRunning: true })
    }
    switch (state.state) {
      case 'queued': {
        this.#grants.queue.remove(attempt, open.repo)
        const { notBeforeMs, faults } = state
        this.#grants.queue.add({ attempt, repo: open.repo, notBeforeMs, avoid: avoidanceAfter(faults) })
        return
      }
      case 'leased':
      case 'running':
        this.#grants.queue.remove(attempt, open.repo)
        for (const lease of leasesOf(state)) this.#holds(attempt, open.repo, lease, state)
        return
      case 'settled':
      case 'faulted':
      case 'spared':
        this.#grants.queue.remove(attempt, open.repo)
        this.#open.delete(attempt)
    }
  }

  #holds(attempt: number, repo: string, lease: Lease, { state, faults }: OpenAttempt['attempt']): void {
    const { generation, grantedAtMs } = lease
    const node = this.#nodeCalled(lease.node)
    if (isHeldBy(node, { attempt, generation })) return
    const startedAtMs = state === 'running' ? grantedAtMs : null
    const avoid = avoidanceAfter(faults)
    node.leases.set(attempt, { attempt, generation, repo, grant: 0, startedAtMs, avoid, isAskedBack: false })
  }

  #end(ending: RunEnding): void {
    if (this.#ending !== null) return
    this.#ending = ending
    this.#stopNodes()
  }

  #stopNodes(): void {
    for (const node of this.#nodes.values()) if (node.isUp) this.#send(node, { type: 'stop' })
  }

  /** What follows from the state, whatever led to it. */
  #settle(nowMs: number): readonly ControlEffect[] {
    if (this.#isGoing) for (const grant of this.#grants.next(nowMs)) this.#lease(grant, nowMs)
    if (this.#ending === null && this.#open.size === 0) this.#end({ kind: 'finished' })
    if (this.#ending !== null && !this.#hasEnded && this.#isOver(this.#ending)) {
      this.#hasEnded = true
      // Those that finished what ran, and those that are heard of only now.
      this.#isFinishing = false
      if (this.#ending.kind !== 'detached') this.#stopNodes()
      this.#saved.save(this.#nodes.values(), nowMs)
      this.#effects.push({ kind: 'ended', ending: this.#ending })
    }
    return this.#taken()
  }

  get #isGoing(): boolean {
    return this.#ending === null && !this.#isPaused
  }

  /** Nodes that are heard of give back what they hold first; who finishes what runs waits for the others too. */
  #isOver(ending: RunEnding): boolean {
    if (ending.kind === 'detached') return true
    return [...this.#nodes.values()].every((node) => {
      return node.leases.size === 0 || (!node.isUp && !this.#isFinishing)
    })
  }

  /** On disk before the order leaves. */
  #lease({ node, attempt, repo }: Grant, nowMs: number): void {
    const { ledger, policy } = this.#options
    const leased = leaseAttempt(ledger, attempt, { node: node.node, grantedAtMs: nowMs }, policy)
    if (leased === null) return
    node.grants += 1
    const { generation, avoid, task } = leased
    const grant = node.grants
    node.leases.set(attempt, { attempt, generation, repo, grant, startedAtMs: null, avoid, isAskedBack: false })
    this.#send(node, { type: 'lease', grant, attempt, generation, task })
  }

  #balance(nowMs: number): void {
    const balance = this.#grants.balance(nowMs)
    if (balance?.kind === 'theft') this.#askBack(balance.theft.from, balance.theft.leases)
    else for (const grant of balance?.grants ?? []) this.#lease(grant, nowMs)
  }

  #askBack(node: FleetNode, leases: readonly KnownLease[]): void {
    if (!node.isUp) return
    for (const lease of leases) {
      if (lease.isAskedBack) continue
      node.leases.set(lease.attempt, { ...lease, isAskedBack: true })
      this.#send(node, { type: 'revoke', ...keyIn(lease), evenRunning: false })
    }
  }

  /** Where it is paused too, a node that drains begins nothing of what it gives back. */
  #tellMode(node: FleetNode): void {
    const isDraining = node.isDraining || this.#isFinishing
    this.#send(node, { type: 'set-mode', mode: this.#isPaused ? 'paused' : isDraining ? 'draining' : 'working' })
    if (isDraining) this.#askBack(node, unstarted(node))
  }

  #send(node: FleetNode, order: OrderBody): void {
    if (node.connection === null) return
    const whole = { ...order, version: protocolVersion } as Order
    this.#effects.push({ kind: 'send', node: node.node, connection: node.connection, order: whole })
  }

  #close(node: FleetNode, why: string): void {
    if (node.connection === null) return
    this.#effects.push({ kind: 'close', node: node.node, connection: node.connection, why })
    node.connection = null
    node.isUp = false
    node.trouble = why
  }

  #taken(): readonly ControlEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }
}

function isGood(kind: string): boolean {
  return kind === 'accepted' || kind === 'resolved'
}
