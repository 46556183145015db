import type { NodeRow } from '../store/nodes.ts'

/**
 * `starting`: on its way up. `up`: heard of. `silent`: its connection is gone, its leases are still good. `lost`: they are
 * not. `aside`: it failed too often, and is tried again later. `stopped`: it took leave.
 */
export type NodeState = 'starting' | 'up' | 'draining' | 'silent' | 'lost' | 'aside' | 'stopped'

/** A node as people are shown it. */
export type NodeView = NodeRow<NodeState>
