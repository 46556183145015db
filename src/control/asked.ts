import type { FleetNode } from './fleet-node.ts'

/** What people asked of a run that goes on, and did not take back. */
export interface Asked {
  readonly isPaused: boolean
  /** The nodes that take nothing new. */
  readonly draining: readonly string[]
  /** The nodes that have other slots than the run began with. */
  readonly slots: readonly { readonly node: string; readonly slots: number }[]
}

/** Null where there is nothing. */
export function askedOf(isPaused: boolean, nodes: Iterable<FleetNode>): Asked | null {
  const all = [...nodes]
  const draining = all.filter((node) => node.isDraining).map(({ node }) => node)
  const slots = all.flatMap(({ node, slotsAsked }) => (slotsAsked === null ? [] : [{ node, slots: slotsAsked }]))
  return isPaused || draining.length > 0 || slots.length > 0 ? { isPaused, draining, slots } : null
}
