import type { Attempt } from '../domain/attempt.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import type { Verdict } from '../domain/verdict.ts'
import type { Store } from './store.ts'

export interface StateCount {
  readonly state: Attempt['state']
  readonly outcome: Verdict['kind'] | null
  readonly reason: string | null
  readonly count: number
}

/** Current attempts of one run by state, outcome and reason. */
export function countStates(store: Store, runId: string): StateCount[] {
  return store.all<StateCount>(
    `select state, outcome, reason, count(*) as count from attempts where run_id = ? and is_current = 1
     group by state, outcome, reason order by count desc, reason`,
    runId,
  )
}

/** Settled in this run, and not before it. */
export function countSettledSince(store: Store, runId: string, sinceMs: number): number {
  return (
    store.get<{ count: number }>(
      `select count(*) as count from attempts
       where run_id = ? and is_current = 1 and state = 'settled' and settled_at_ms >= ?`,
      runId,
      sinceMs,
    )?.count ?? 0
  )
}

export interface HeldAttempt {
  readonly instance_id: string
  readonly node: string
  readonly granted_at_ms: number
  readonly iteration: number | null
  readonly stage: Stage | null
  readonly stage_since_ms: number | null
}

/** What is being worked on, oldest first. */
export function listHeld(store: Store, runId: string): HeldAttempt[] {
  return store.all<HeldAttempt>(
    `select instance_id, node, granted_at_ms, iteration, stage, stage_since_ms from attempts
     where run_id = ? and is_current = 1 and state in ('leased', 'running') order by granted_at_ms, attempt_id`,
    runId,
  )
}
