import type { AuthorName } from '../domain/environment.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import type { RoleCost } from './report-rows.ts'
import type { Store } from './store.ts'

/** What the attempts of a run spent on one stage. */
export interface StageTime {
  readonly stage: Stage
  readonly count: number
  readonly total_ms: number
  readonly longest_ms: number
}

/** Who wrote the accepted environments of a run. */
export interface AuthorYield {
  readonly author: AuthorName
  readonly accepted: number
  readonly cost_usd: number
}

/** Calls that go on count with all that is reserved for them. */
export function costsByRole(store: Store, runId: string): RoleCost[] {
  return store.all<RoleCost>(
    `select model, role, count(*) as calls, sum(coalesce(cost_usd, reserved_usd)) as cost_usd,
       sum(coalesce(input_tokens, 0) + coalesce(cache_write_tokens, 0) + coalesce(cache_read_tokens, 0)) as input_tokens,
       sum(coalesce(output_tokens, 0)) as output_tokens
     from model_calls where run_id = ? group by model, role order by cost_usd desc, model, role`,
    runId,
  )
}

export function timesByStage(store: Store, runId: string): StageTime[] {
  return store.all<StageTime>(
    `select costs.stage, count(*) as count, sum(duration_ms) as total_ms, max(duration_ms) as longest_ms
     from attempts join costs using (attempt_id) where run_id = ? and is_current = 1
     group by 1 order by total_ms desc, 1`,
    runId,
  )
}

export function yieldByAuthor(store: Store, runId: string): AuthorYield[] {
  return store.all<AuthorYield>(
    `select coalesce((select author from iterations where attempt_id = attempts.attempt_id order by number desc limit 1),
         author) as author, count(*) as accepted,
       sum((select coalesce(sum(coalesce(cost_usd, reserved_usd)), 0) from model_calls
            where attempt_id = attempts.attempt_id and run_id = attempts.run_id)) as cost_usd
     from attempts where run_id = ? and is_current = 1 and outcome = 'accepted' group by 1 order by accepted desc`,
    runId,
  )
}
