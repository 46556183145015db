import type { Attempt, AttemptKind } from '../domain/attempt.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import type { AttemptOutcome } from './counts.ts'
import type { Store } from './store.ts'

/** An attempt of a run as a list shows it. */
export interface AttemptLine {
  readonly attempt_id: number
  readonly instance_id: string
  readonly repo: string
  readonly kind: AttemptKind
  /** Of a rollout, from 1; else 0. */
  readonly number: number
  readonly state: Attempt['state']
  readonly outcome: AttemptOutcome | null
  readonly reason: string | null
  /** Where it is worked on; null while nobody does. */
  readonly node: string | null
  readonly stage: Stage | null
  readonly iteration: number | null
  readonly granted_at_ms: number | null
  readonly settled_at_ms: number | null
  /** Over all stages that finished. */
  readonly worked_ms: number
  readonly cost_usd: number
}

/** `activity`: what runs first, longest first; then what faulted, what ended, newest first, and what waits. */
export const attemptOrders = ['activity', 'name', 'node', 'age', 'cost'] as const

export type AttemptOrder = (typeof attemptOrders)[number]

export interface AttemptQuery {
  /** Part of an id, a repository, a node, a state, an outcome, a reason or a stage, in any case; empty takes all. */
  readonly filter: string
  /** Only what ended so; null takes all. */
  readonly ending: { readonly outcome: AttemptOutcome | 'faulted' | 'spared'; readonly reason: string | null } | null
  readonly order: AttemptOrder
  readonly offset: number
  readonly limit: number
}

export interface AttemptPage {
  /** Of all that match. */
  readonly count: number
  readonly offset: number
  readonly lines: readonly AttemptLine[]
}

const orderSql: Readonly<Record<AttemptOrder, string>> = {
  activity: `case state when 'running' then 0 when 'leased' then 0 when 'faulted' then 1 when 'settled' then 2
    when 'queued' then 3 else 4 end, granted_at_ms, settled_at_ms desc, attempt_id`,
  name: 'instance_id, number, attempt_id',
  node: 'node is null, node, granted_at_ms, attempt_id',
  age: `coalesce(granted_at_ms, 9e15), settled_at_ms desc, attempt_id`,
  cost: `(select coalesce(sum(cost_usd), 0) from model_calls
    where model_calls.attempt_id = attempts.attempt_id) desc, attempt_id`,
}

/** One page of a run's attempts. Details are read of the page alone. */
export function pageOfAttempts(store: Store, runId: string, query: AttemptQuery): AttemptPage {
  const { sql, values } = conditions(runId, query)
  const { count } = store.get<{ count: number }>(`select count(*) as count from ${sql}`, ...values) ?? { count: 0 }
  const offset = Math.max(0, Math.min(query.offset, count - query.limit))
  const ids = store.all<{ id: number }>(
    `select attempt_id as id from ${sql} order by ${orderSql[query.order]} limit ? offset ?`,
    ...values,
    query.limit,
    offset,
  )
  return { count, offset, lines: ids.flatMap(({ id }) => getAttemptLine(store, id) ?? []) }
}

export function getAttemptLine(store: Store, attemptId: number): AttemptLine | undefined {
  return store.get<AttemptLine>(
    `select attempt_id, instance_id, repo, kind, number, state, outcome, reason, node, stage, iteration, granted_at_ms,
       settled_at_ms,
       (select coalesce(sum(duration_ms), 0) from costs where attempt_id = attempts.attempt_id) as worked_ms,
       (select coalesce(sum(cost_usd), 0) from model_calls
        where attempt_id = attempts.attempt_id) as cost_usd
     from attempts join instances using (instance_id) where attempt_id = ?`,
    attemptId,
  )
}

/** Texts are read only where they are looked into: without a filter the index is enough. */
function conditions(runId: string, { filter, ending }: AttemptQuery): { sql: string; values: unknown[] } {
  const parts = ['run_id = ? and is_current = 1']
  const values: unknown[] = [runId]
  if (ending !== null) {
    const isState = ending.outcome === 'faulted' || ending.outcome === 'spared'
    parts.push(isState ? 'state = ? and reason is ?' : 'outcome = ? and reason is ?')
    values.push(ending.outcome, ending.reason)
  }
  if (filter === '') return { sql: `attempts where ${parts.join(' and ')}`, values }
  parts.push(`instr(lower(concat_ws(' ', instance_id, repo, node, state, outcome, reason, stage)), lower(?)) > 0`)
  values.push(filter)
  return { sql: `attempts join instances using (instance_id) where ${parts.join(' and ')}`, values }
}
