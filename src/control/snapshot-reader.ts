import type {
  AttemptOrder,
  AttemptLine as Line,
  AttemptPage as Page,
  AttemptQuery as Query,
} from '../store/attempt-lines.ts'
import { attemptOrders, pageOfAttempts } from '../store/attempt-lines.ts'
import type { RoleCost } from '../store/report-rows.ts'
import { type AuthorYield, costsByRole, type StageTime, timesByStage, yieldByAuthor } from '../store/run-costs.ts'
import { budgetOfRun, getRun, type RunRow } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import { type OutcomeCost, type Snapshot, takeOutcomeCosts, takeSnapshot } from './snapshot.ts'
import { type AttemptDetail, takeDetail } from './snapshot-detail.ts'

export type AttemptLine = Line
export type AttemptPage = Page
export type AttemptQuery = Query
export const orders: readonly AttemptOrder[] = attemptOrders

/** What a run cost, in dollars and in time. */
export interface RunCosts {
  /** Null where the run asks no model. */
  readonly outcomes: readonly OutcomeCost[] | null
  readonly roles: readonly RoleCost[]
  readonly authors: readonly AuthorYield[]
  readonly stages: readonly StageTime[]
  /** What model calls of the run may cost; null where there is no bound. */
  readonly budgetUsd: number | null
}

/** Reads one run for people, a part at a time: each costs what is shown of it, however many instances there are. */
export interface SnapshotReader {
  /** Changes with everything that can be read, and costs nothing to ask. */
  version(): number
  state(): RunRow['state']
  snapshot(): Snapshot
  attempts(query: AttemptQuery): AttemptPage
  /** Null where there is no such attempt. */
  detail(attemptId: number): AttemptDetail | null
  costs(): RunCosts
}

/** Through a store that nobody writes by: what others commit to the file is seen at once. */
export function readRun(store: Store, run: RunRow, nowMs: () => number): SnapshotReader {
  const { run_id: runId } = run
  const now = () => getRun(store, runId) ?? run
  return {
    version: () => store.get<{ data_version: number }>('pragma data_version')?.data_version ?? 0,
    state: () => now().state,
    snapshot: () => takeSnapshot(store, runId, run.started_at_ms, now().ended_at_ms ?? nowMs()),
    attempts: (query) => pageOfAttempts(store, runId, query),
    detail: (attemptId) => takeDetail(store, attemptId),
    costs: () => ({
      outcomes: takeOutcomeCosts(store, runId),
      roles: costsByRole(store, runId),
      authors: yieldByAuthor(store, runId),
      stages: timesByStage(store, runId),
      budgetUsd: budgetOfRun(store, runId),
    }),
  }
}
