import type { Attempt } from '../domain/attempt.ts'
import type { AuthorName } from '../domain/environment.ts'
import type { IterationOutcome } from '../domain/iteration-record.ts'
import type { ModelRole } from '../domain/model-call.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import type { AttemptOutcome } from './counts.ts'
import { type SolverTries, solverTries } from './rollouts.ts'
import type { RunRow } from './runs.ts'
import type { Store } from './store.ts'

/** What a report tells of the attempt at an instance's environment that counts. */
export interface InstanceRow {
  readonly instance_id: string
  readonly repo: string
  /** Who wrote its last iteration; of one without any, who is to write. */
  readonly author: AuthorName
  readonly state: Attempt['state']
  readonly outcome: AttemptOutcome | null
  readonly reason: string | null
  /** The beginning of what the verdict, or the last fault, says; null where nothing was said. */
  readonly explanation: string | null
  readonly settled_at_ms: number | null
  readonly iterations: number
  /** The kinds its iterations ended in. */
  readonly endings: readonly IterationOutcome['kind'][]
  /** Over all stages that finished. */
  readonly duration_ms: number
  readonly cost_usd: number
}

/** A stage over all attempts. */
export interface StageRow {
  readonly stage: Stage
  readonly count: number
  readonly total_ms: number
  readonly median_ms: number
  readonly p90_ms: number
  readonly max_ms: number
}

/** When an attempt was worked on. */
export interface WorkRow {
  /** Null where it is not known any more. */
  readonly node: string | null
  /** Of one that ended: its end less what its stages took. */
  readonly from_ms: number
  /** Null while it is worked on. */
  readonly to_ms: number | null
}

export interface ReportRun extends RunRow {
  readonly version: string
  /** The last sign of it in the database. */
  readonly last_ms: number
  readonly attempts: number
}

/** Model calls that began in one minute. */
export interface MinuteCost {
  readonly minute_ms: number
  readonly cost_usd: number
}

export interface RoleCost {
  readonly model: string
  readonly role: ModelRole
  readonly calls: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost_usd: number
}

export interface ReportRows {
  readonly runs: readonly ReportRun[]
  readonly instances: readonly InstanceRow[]
  readonly stages: readonly StageRow[]
  readonly work: readonly WorkRow[]
  readonly minutes: readonly MinuteCost[]
  readonly roles: readonly RoleCost[]
  readonly tries: readonly SolverTries[]
}

/** All that a report is made of, as of one moment, also while a run writes. */
export function readReportRows(store: Store): ReportRows {
  store.run('begin')
  try {
    return {
      runs: store.all<ReportRun>(runsSql),
      instances: instanceRows(store),
      stages: store.all<StageRow>(stagesSql),
      work: store.all<WorkRow>(workSql),
      minutes: store.all<MinuteCost>(minutesSql),
      roles: store.all<RoleCost>(rolesSql),
      tries: solverTries(store),
    }
  } finally {
    store.run('commit')
  }
}

/** Longer texts are read with `openswe show`. */
const explanationCharacters = 400

const runsSql = `
  with settled as (select run_id, max(settled_at_ms) as at, count(*) as attempts from attempts group by run_id),
    called as (select run_id, max(started_at_ms + coalesce(duration_ms, 0)) as at from model_calls group by run_id)
  select run_id, state, started_at_ms, ended_at_ms, version, author, spent_usd, coalesce(attempts, 0) as attempts,
    max(started_at_ms, coalesce(settled.at, 0), coalesce(called.at, 0)) as last_ms
  from runs left join settled using (run_id) left join called using (run_id)
  order by started_at_ms, runs.rowid`

function instanceRows(store: Store): InstanceRow[] {
  const rows = store.all<Omit<InstanceRow, 'endings'> & { readonly endings: string }>(
    `select instance_id, repo, state, outcome, reason, settled_at_ms,
       coalesce((select author from iterations where attempt_id = attempts.attempt_id order by number desc limit 1),
         author) as author,
       substr(coalesce(verdict ->> '$.explanation', iif(state = 'faulted', faults ->> '$[#-1].message', null)), 1, ?)
         as explanation,
       (select count(*) from iterations where attempt_id = attempts.attempt_id) as iterations,
       (select json_group_array(distinct result ->> '$.kind') from iterations where attempt_id = attempts.attempt_id)
         as endings,
       (select coalesce(sum(duration_ms), 0) from costs where attempt_id = attempts.attempt_id) as duration_ms,
       (select coalesce(sum(coalesce(cost_usd, reserved_usd)), 0) from model_calls
        where attempt_id = attempts.attempt_id) as cost_usd
     from attempts join instances using (instance_id)
     where kind = 'synthesis' and is_current = 1 order by instance_id`,
    explanationCharacters,
  )
  return rows.map((row) => ({ ...row, endings: JSON.parse(row.endings) }))
}

/** Median and 90 % are durations that occurred: the nearest rank. */
const stagesSql = `
  with ranked as (
    select stage, duration_ms, row_number() over (partition by stage order by duration_ms) as place,
      count(*) over (partition by stage) as count
    from costs)
  select stage, max(count) as count, sum(duration_ms) as total_ms, max(duration_ms) as max_ms,
    max(iif(place = (count + 1) / 2, duration_ms, 0)) as median_ms,
    max(iif(place = (9 * count + 9) / 10, duration_ms, 0)) as p90_ms
  from ranked group by stage order by total_ms desc, stage`

const workSql = `
  select node, settled_at_ms as to_ms, settled_at_ms - sum(duration_ms) as from_ms
  from attempts join costs using (attempt_id) where state = 'settled' group by attempt_id
  union all
  select node, null, granted_at_ms from attempts where state in ('leased', 'running')
  order by 3, 2, 1`

const minutesSql = `
  select started_at_ms / 60000 * 60000 as minute_ms, sum(coalesce(cost_usd, reserved_usd)) as cost_usd
  from model_calls group by 1 order by 1`

const rolesSql = `
  select model, role, count(*) as calls, sum(coalesce(cost_usd, reserved_usd)) as cost_usd,
    sum(coalesce(input_tokens, 0) + coalesce(cache_write_tokens, 0) + coalesce(cache_read_tokens, 0)) as input_tokens,
    sum(coalesce(output_tokens, 0)) as output_tokens
  from model_calls group by model, role order by cost_usd desc, model, role`
