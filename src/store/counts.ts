import type { Attempt } from '../domain/attempt.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import type { Verdict } from '../domain/verdict.ts'
import type { Store } from './store.ts'

export interface StateCount {
  readonly state: Attempt['state']
  readonly outcome: Verdict['kind'] | null
  readonly reason: string | null
  readonly count: number
  /** Of `count`, those settled at or after the time asked for. */
  readonly recent: number
}

/** Current attempts of one run by state, outcome and reason. */
export function countStates(store: Store, runId: string, sinceMs: number): StateCount[] {
  return store.all<StateCount>(
    `select state, outcome, reason, count(*) as count, count(iif(settled_at_ms >= ?, 1, null)) as recent
     from attempts where run_id = ? and is_current = 1
     group by state, outcome, reason order by count desc, reason`,
    sinceMs,
    runId,
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
