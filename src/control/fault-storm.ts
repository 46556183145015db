import type { FaultKind } from '../domain/fault.ts'

/** Faults of the machine in a row, with nothing getting done between them. */
export interface FaultStorm {
  readonly streak: number
  /** Nothing is leased before. */
  readonly pausedUntilMs: number
  /** So many that the run is ended: what is left stays queued for a later run. */
  readonly isOver: boolean
}

/** After this many machine faults in a row a run ends. */
const haltAfter = 12
const longestPauseMs = 60_000

const machineKinds: ReadonlySet<FaultKind> = new Set([
  'engine-unreachable',
  'engine-failed',
  'disk-full',
  'index-unreachable',
])

export const calm: FaultStorm = { streak: 0, pausedUntilMs: 0, isOver: false }

/**
 * Pauses longer with each machine fault beyond the first few (one for each slot is what a single hiccup gives), so
 * that an engine that restarts does not use up the tries of a whole queue.
 */
export function afterFault(storm: FaultStorm, kind: FaultKind, slots: number, nowMs: number): FaultStorm {
  if (!machineKinds.has(kind)) return storm
  const streak = storm.streak + 1
  const excess = streak - slots
  const pauseMs = excess <= 0 ? 0 : Math.min(longestPauseMs, 1_000 * 2 ** excess)
  return { streak, pausedUntilMs: nowMs + pauseMs, isOver: streak >= Math.max(haltAfter, 2 * slots) }
}
