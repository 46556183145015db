import type { Fault } from '../domain/fault.ts'
import type { ModelBlock, ModelMessage, ModelRole, ModelStop, ModelTool } from '../domain/model-call.ts'
import { getArtefact } from './artefacts.ts'
import type { Store } from './store.ts'
import type { UsageColumns } from './usage-columns.ts'

/** What the ledger says about a call, but for what was said. */
export interface CallFacts extends UsageColumns {
  readonly call: string
  readonly session: string
  readonly role: ModelRole
  readonly model: string
  readonly generation: number
  readonly ending: 'open' | 'answered' | 'faulted' | 'unknown'
  readonly stop: ModelStop | null
  /** What the API said where it refused this one request. */
  readonly note: string | null
  readonly fault: Fault | null
  /** All that is reserved, while it is open. */
  readonly cost_usd: number
  readonly tries: number
  readonly started_at_ms: number
  readonly duration_ms: number | null
}

/** What was said in a call. */
export interface CallContent {
  readonly system: readonly string[]
  readonly tools: readonly ModelTool[]
  /** The conversation begins with it; else it goes on after the call before it. */
  readonly isBeginning: boolean
  /** Those that this call added to its session. */
  readonly messages: readonly ModelMessage[]
  /** Null where nothing was answered. */
  readonly answer: readonly ModelBlock[] | null
}

type FactsRow = Omit<CallFacts, 'fault'> & { readonly fault: string | null }

/** Every call for an attempt, in the order they were made, over all its runs. */
export function callsOfAttempt(store: Store, attemptId: number): CallFacts[] {
  return store
    .all<FactsRow>(
      `select call, session, role, model, generation, coalesce(ending, 'open') as ending, stop, note, fault,
         coalesce(cost_usd, reserved_usd) as cost_usd, coalesce(input_tokens, 0) as input_tokens,
         coalesce(output_tokens, 0) as output_tokens, coalesce(cache_write_tokens, 0) as cache_write_tokens,
         coalesce(cache_read_tokens, 0) as cache_read_tokens, coalesce(tries, 0) as tries, started_at_ms, duration_ms
       from model_calls where attempt_id = ? order by rowid`,
      attemptId,
    )
    .map((row) => ({ ...row, fault: row.fault === null ? null : JSON.parse(row.fault) }))
}

/** Whether a model was ever asked for it. */
export function hasCalls(store: Store, attemptId: number): boolean {
  return store.get('select 1 from model_calls where attempt_id = ? limit 1', attemptId) !== undefined
}

interface ContentRow {
  readonly prefix: string
  readonly message_count: number
  readonly messages: string
  readonly answer: string | null
}

export function readCall(store: Store, call: string): CallContent {
  const row = store.get<ContentRow>(
    'select prefix, message_count, messages, answer from model_calls where call = ?',
    call,
  )
  if (row === undefined) throw new Error(`${store.path}: model call ${call} is missing`)
  const messages: readonly ModelMessage[] = JSON.parse(getArtefact(store, row.messages))
  return {
    ...(JSON.parse(getArtefact(store, row.prefix)) as { system: string[]; tools: ModelTool[] }),
    isBeginning: messages.length === row.message_count,
    messages,
    answer: row.answer === null ? null : JSON.parse(getArtefact(store, row.answer)),
  }
}
