import { type HeldLease, keyIn, keyName, type LeaseKey } from '../domain/lease.ts'
import type { NodePulse } from '../domain/message.ts'
import type { NodeFacts } from '../domain/node-facts.ts'
import type { ProtocolTimes } from '../domain/protocol-times.ts'
import type { SavedNode } from '../store/nodes.ts'
import { calm, type FaultStorm } from './fault-storm.ts'
import type { NodeState, NodeView } from './node-view.ts'
import type { Avoidance } from './queue.ts'

/** A lease as control knows it. */
export interface KnownLease extends LeaseKey {
  readonly repo: string
  /** On which order of the connection it went out; 0 where an earlier connection brought it. */
  readonly grant: number
  /** Null until its first stage. */
  readonly startedAtMs: number | null
  readonly avoid: Avoidance | null
  /** It was asked back, if it has not begun. */
  readonly isAskedBack: boolean
}

/** A node as control knows it. Only `Control` changes it, and what that is made of. */
export interface FleetNode {
  readonly node: string
  /** Null while there is none. */
  connection: number | null
  connectedAtMs: number
  /** It said hello on this connection. */
  isUp: boolean
  boot: string | null
  /** The newest event that came of it in this life of control. */
  applied: { readonly boot: string; readonly sequence: number } | null
  /** When its last pulse came, or this life of control began. */
  heardAtMs: number
  /** It was left alone until then. */
  trustedUntilMs: number
  slots: number
  /** Null where nobody asked for another number of them while the run goes on. */
  slotsAsked: number | null
  /** It takes more, as far as was heard. */
  isTaking: boolean
  isDraining: boolean
  hasLeft: boolean
  /** It failed too often: nothing is leased to it before. */
  asideUntilMs: number
  timesAside: number
  /** Of its process, with nothing done between them. */
  deaths: number
  storm: FaultStorm
  /** Orders to lease on this connection so far. */
  grants: number
  /** By attempt. */
  readonly leases: Map<number, KnownLease>
  facts: NodeFacts | null
  trouble: string | null
  settled: number
  accepted: number
  faulted: number
  stolen: number
  /** Attempts that tell how fast it is, in this life of control. */
  timed: number
  /** How many times faster than expected it was, as a logarithm, on average over what it did lately. */
  speedLog: number
}

const nothingSaved: SavedNode = {
  trustedUntilMs: 0,
  slotsAsked: null,
  isDraining: false,
  settled: 0,
  accepted: 0,
  faulted: 0,
  stolen: 0,
}

/** One that was not heard of yet. `saved` is null where it is new to the run. */
export function fleetNode(node: string, nowMs: number, saved: SavedNode | null): FleetNode {
  return {
    ...(saved ?? nothingSaved),
    node,
    connection: null,
    connectedAtMs: nowMs,
    isUp: false,
    boot: null,
    applied: null,
    heardAtMs: nowMs,
    slots: 0,
    isTaking: false,
    hasLeft: false,
    asideUntilMs: 0,
    timesAside: 0,
    deaths: 0,
    storm: calm,
    grants: 0,
    leases: new Map(),
    facts: null,
    trouble: null,
    timed: 0,
    speedLog: 0,
  }
}

/** Whether this lease, and no other of its attempt, is the node's. */
export function isHeldBy(node: FleetNode, { attempt, generation }: LeaseKey): boolean {
  return node.leases.get(attempt)?.generation === generation
}

/** Whether more may be leased to it now, apart from whether it has room. */
export function mayTake(node: FleetNode, nowMs: number): boolean {
  const isCalm = nowMs >= node.storm.pausedUntilMs && nowMs >= node.asideUntilMs
  return node.isUp && node.isTaking && !node.isDraining && isCalm
}

export function freeSlots(node: FleetNode): number {
  return Math.max(0, node.slots - node.leases.size)
}

export function unstarted(node: FleetNode): readonly KnownLease[] {
  return [...node.leases.values()].filter(({ startedAtMs }) => startedAtMs === null)
}

/** So many attempts tell how fast a node is. */
const speedSamples = 200

/** An attempt took so long there in place of what was expected. */
export function learnSpeed(node: FleetNode, tookMs: number, expectedMs: number): void {
  node.timed += 1
  if (tookMs <= 0 || expectedMs <= 0) return
  const weight = 1 / Math.min(speedSamples, node.timed + 10)
  node.speedLog += weight * (Math.log(expectedMs / tookMs) - node.speedLog)
}

/** Faster by more than chance makes it seem. */
export function isFaster(node: FleetNode, than: FleetNode): boolean {
  return node.speedLog > than.speedLog + 0.15
}

/** When the leases of a node that is not heard of are over (R7). */
export function expiryOf(node: FleetNode, { leaseMs, graceMs }: ProtocolTimes): number {
  return Math.max(node.heardAtMs + leaseMs, node.trustedUntilMs) + graceMs
}

/** What a pulse shows against what control believed (R2). */
export interface Differences {
  /** Leases that the node does not hold, and that were not on their way when it spoke. */
  readonly gone: readonly KnownLease[]
  /** Leases that the node holds, and that are not its own any more. */
  readonly dropped: readonly LeaseKey[]
}

export function differences(node: FleetNode, pulse: NodePulse): Differences {
  const heldAt = new Map(pulse.held.map((held) => [keyName(held), held]))
  const seen = pulse.type === 'heartbeat' ? pulse.grant : Number.POSITIVE_INFINITY
  const gone = [...node.leases.values()].filter((lease) => lease.grant <= seen && !heldAt.has(keyName(lease)))
  const dropped = pulse.held.filter((held) => held.state !== 'ended' && !isHeldBy(node, held))
  return { gone, dropped: dropped.map(keyIn) }
}

/** What is known of the leases after a pulse that names them. */
export function seenLeases(node: FleetNode, held: readonly HeldLease[], nowMs: number): readonly KnownLease[] {
  return held.flatMap((one): KnownLease[] => {
    const lease = node.leases.get(one.attempt)
    if (lease === undefined || lease.generation !== one.generation || one.state !== 'running') return []
    return [{ ...lease, startedAtMs: lease.startedAtMs ?? nowMs, isAskedBack: false }]
  })
}

export function viewOf(node: FleetNode, times: ProtocolTimes, nowMs: number): NodeView {
  const leases = [...node.leases.values()]
  const waiting = leases.filter(({ startedAtMs }) => startedAtMs === null).length
  const { slots, facts, trouble, settled, accepted, faulted, stolen } = node
  return {
    node: node.node,
    state: stateOf(node, times, nowMs),
    trouble,
    slots,
    running: leases.length - waiting,
    waiting,
    facts,
    heardAtMs: node.boot === null ? null : node.heardAtMs,
    settled,
    accepted,
    faulted,
    stolen,
  }
}

function stateOf(node: FleetNode, times: ProtocolTimes, nowMs: number): NodeState {
  if (node.hasLeft) return 'stopped'
  if (node.isUp) {
    if (node.isDraining) return 'draining'
    return nowMs < node.asideUntilMs ? 'aside' : 'up'
  }
  if (node.boot === null) return 'starting'
  return nowMs < expiryOf(node, times) ? 'silent' : 'lost'
}
