import { type FleetNode, freeSlots, type KnownLease, unstarted } from './fleet-node.ts'
import { mayGoTo } from './queue.ts'

/** Leases to ask back from one node, for slots that have nothing to do elsewhere. */
export interface Theft {
  readonly from: FleetNode
  readonly leases: readonly KnownLease[]
}

/**
 * Half of what has not begun on the node that will finish last, where another has nothing to do; what it was leased last
 * goes first. Null where there is nothing to take.
 */
export function chooseTheft(
  nodes: readonly FleetNode[],
  mayTakeMore: (node: FleetNode) => boolean,
  expectedMs: (repo: string) => number,
  nowMs: number,
): Theft | null {
  const takers = nodes.filter((node) => mayTakeMore(node) && freeSlots(node) > 0)
  const idle = takers.reduce((sum, node) => sum + freeSlots(node), 0)
  // Of a node that is not heard of nothing comes back soon.
  const asked = nodes
    .filter(({ isUp }) => isUp)
    .flatMap(unstarted)
    .filter(({ isAskedBack }) => isAskedBack).length
  if (idle <= asked) return null
  const isForTakers = ({ avoid }: KnownLease) => takers.some(({ node }) => mayGoTo(node, avoid, nowMs))
  const rich = nodes
    // What a free slot of its own is about to begin is not for taking.
    .map((from) => ({ from, waiting: takeable(from).filter(isForTakers), endMs: endOf(from, expectedMs) }))
    .filter(({ waiting }) => waiting.length > 0)
    .sort((a, b) => b.endMs - a.endMs)[0]
  if (rich === undefined) return null
  const count = Math.min(idle - asked, Math.ceil(rich.waiting.length / 2))
  return { from: rich.from, leases: rich.waiting.slice(-count) }
}

function takeable(node: FleetNode): readonly KnownLease[] {
  if (!node.isUp || node.leases.size <= node.slots) return []
  const begun = node.leases.size - unstarted(node).length
  return unstarted(node)
    .slice(Math.max(0, node.slots - begun))
    .filter(({ isAskedBack }) => !isAskedBack)
}

/** How long it has to do still, about: what has begun counts as half done. */
function endOf(node: FleetNode, expectedMs: (repo: string) => number): number {
  const leases = [...node.leases.values()]
  const workMs = leases.reduce((sum, { repo, startedAtMs }) => {
    // Where nothing is known, each counts the same.
    const whole = Math.max(1, expectedMs(repo))
    return sum + (startedAtMs === null ? whole : whole / 2)
  }, 0)
  return workMs / Math.max(1, node.slots)
}

/** Less than this is no straggler, whatever was expected. */
const shortestStragglerMs = 5 * 60_000
/** A straggler takes so many times what is expected. */
const stragglerFactor = 1.5

/** A lease, and who holds it. */
export interface HeldBy {
  readonly lease: KnownLease
  readonly holder: FleetNode
}

/** Attempts that take long, longest first, and that another node may do too. */
export function stragglers(
  nodes: Iterable<FleetNode>,
  mayTwin: (attempt: number) => boolean,
  expectedMs: (repo: string) => number,
  nowMs: number,
): readonly HeldBy[] {
  const found: (HeldBy & { readonly runsMs: number })[] = []
  for (const holder of nodes) {
    for (const lease of holder.leases.values()) {
      const runsMs = lease.startedAtMs === null ? 0 : nowMs - lease.startedAtMs
      if (runsMs < shortestStragglerMs || runsMs < stragglerFactor * expectedMs(lease.repo)) continue
      if (mayTwin(lease.attempt)) found.push({ lease, holder, runsMs })
    }
  }
  return found.sort((a, b) => b.runsMs - a.runsMs)
}

/** What runs so many times longer than is usual may run for very much longer still. */
const outlierFactor = 5
/** At worst about so many times what it did already. */
const worstFactor = 5

/** Whether it may end after all else, though other things wait: then it is worth a second slot on a faster node at once. */
export function isOutlier({ startedAtMs }: KnownLease, usualMs: number, restMs: number, nowMs: number): boolean {
  if (startedAtMs === null || usualMs === 0) return false
  const runsMs = nowMs - startedAtMs
  return runsMs > outlierFactor * usualMs && worstFactor * runsMs > restMs
}
