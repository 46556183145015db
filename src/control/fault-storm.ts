import type { FaultKind } from '../domain/fault.ts'

/** Faults of what all instances share, in a row on one node, with nothing getting done between them. */
export interface FaultStorm {
  readonly streak: number
  /** Nothing is leased before. */
  readonly pausedUntilMs: number
  /** There were so many that this node is left alone for a long while. */
  readonly isOver: boolean
  /** No node can go on either. */
  readonly isFinal: boolean
}

/** After this many shared faults in a row a node is left alone. */
const haltAfter = 12
const longestPauseMs = 60_000

const sharedKinds: ReadonlySet<FaultKind> = new Set([
  'engine-unreachable',
  'engine-failed',
  'disk-full',
  'index-unreachable',
  'model-unreachable',
])

/** No other attempt can go on either: one of these ends a run. */
const finalKinds: ReadonlySet<FaultKind> = new Set(['model-refused', 'budget-spent'])

export const calm: FaultStorm = { streak: 0, pausedUntilMs: 0, isOver: false, isFinal: false }

/**
 * Pauses longer with each shared fault beyond the first few (one for each slot is what a single hiccup gives), so
 * that an engine that restarts does not use up the tries of a whole queue.
 */
export function afterFault(storm: FaultStorm, kind: FaultKind, slots: number, nowMs: number): FaultStorm {
  if (finalKinds.has(kind)) return { ...storm, isOver: true, isFinal: true }
  if (!sharedKinds.has(kind)) return storm
  const streak = storm.streak + 1
  const excess = streak - slots
  const pauseMs = excess <= 0 ? 0 : Math.min(longestPauseMs, 1_000 * 2 ** excess)
  return { streak, pausedUntilMs: nowMs + pauseMs, isOver: streak >= longestStreak(slots), isFinal: false }
}

/** After a node was left alone for long: the next shared fault is enough. */
export function probation(slots: number): FaultStorm {
  return { ...calm, streak: longestStreak(slots) - 1 }
}

function longestStreak(slots: number): number {
  return Math.max(haltAfter, 2 * slots)
}
