import type { AuthorName } from '../domain/environment.ts'
import type { Store } from './store.ts'

export interface RunRow {
  readonly run_id: string
  readonly state: 'running' | 'ended' | 'killed'
  readonly started_at_ms: number
  readonly ended_at_ms: number | null
  /** Null of a run that makes rollouts. */
  readonly author: AuthorName | null
  /** Of a fleet; null of a run on this machine alone. */
  readonly hosts: readonly string[] | null
  /** What its settled model calls cost together. */
  readonly spent_usd: number
}

export function insertRun(
  store: Store,
  run: {
    readonly runId: string
    readonly startedAtMs: number
    readonly version: string
    /** Null of a run that makes rollouts. */
    readonly author: AuthorName | null
    readonly settings: object
    /** SHA-256 of all prompts that a model is given; null where no model is asked. */
    readonly prompts?: string | null
    /** The names of a fleet's nodes; null of a run on this machine alone. */
    readonly hosts?: readonly string[] | null
  },
): void {
  store.run(
    `insert into runs (run_id, state, started_at_ms, version, author, settings, prompts, hosts)
     values (?, 'running', ?, ?, ?, ?, ?, ?)`,
    run.runId,
    run.startedAtMs,
    run.version,
    run.author,
    JSON.stringify(run.settings),
    run.prompts ?? null,
    run.hosts == null ? null : JSON.stringify(run.hosts),
  )
}

export function endRun(store: Store, runId: string, state: 'ended' | 'killed', endedAtMs: number): void {
  store.run('update runs set state = ?, ended_at_ms = ? where run_id = ?', state, endedAtMs, runId)
}

/** Runs that never said they ended. To the holder of the write lock: runs that were killed. */
export function openRuns(store: Store): RunRow[] {
  return store.all<Row>(`select ${columns} from runs where state = 'running' order by started_at_ms`).map(fromRow)
}

export function latestRun(store: Store): RunRow | undefined {
  const row = store.get<Row>(`select ${columns} from runs order by started_at_ms desc, rowid desc limit 1`)
  return row && fromRow(row)
}

export function getRun(store: Store, runId: string): RunRow | undefined {
  const row = store.get<Row>(`select ${columns} from runs where run_id = ?`, runId)
  return row && fromRow(row)
}

/** Whether it was asked to begin nothing, and not asked to go on since. */
export function isRunPaused(store: Store, runId: string): boolean {
  const sql = 'select is_paused as paused from runs where run_id = ?'
  return store.get<{ paused: number }>(sql, runId)?.paused === 1
}

export function setRunPaused(store: Store, runId: string, isPaused: boolean): void {
  store.run('update runs set is_paused = ? where run_id = ?', Number(isPaused), runId)
}

/** What its model calls may cost, as its settings say; null where there is no bound. */
export function budgetOfRun(store: Store, runId: string): number | null {
  const sql = "select settings ->> '$.budget.runUsd' as usd from runs where run_id = ?"
  return store.get<{ usd: number | null }>(sql, runId)?.usd ?? null
}

type Row = Omit<RunRow, 'hosts'> & { readonly hosts: string | null }

const columns = 'run_id, state, started_at_ms, ended_at_ms, author, spent_usd, hosts'

function fromRow(row: Row): RunRow {
  return { ...row, hosts: row.hosts === null ? null : JSON.parse(row.hosts) }
}
