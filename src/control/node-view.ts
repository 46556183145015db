import type { NodeFacts } from '../domain/node-facts.ts'

/**
 * `starting`: on its way up. `up`: heard of. `silent`: its connection is gone, its leases are still good. `lost`: they are
 * not. `aside`: it failed too often, and is tried again later. `stopped`: it took leave.
 */
export type NodeState = 'starting' | 'up' | 'draining' | 'silent' | 'lost' | 'aside' | 'stopped'

/** A node as people are shown it. */
export interface NodeView {
  readonly node: string
  readonly state: NodeState
  /** Why it is not up, in one line. */
  readonly trouble: string | null
  readonly slots: number
  readonly running: number
  readonly waiting: number
  readonly facts: NodeFacts | null
  readonly heardAtMs: number | null
  /** Since the run began: attempts that ended in a verdict or a grade here, and those accepted or resolved. */
  readonly settled: number
  readonly accepted: number
  readonly faulted: number
  /** Leases that were taken from it before they began. */
  readonly stolen: number
}
