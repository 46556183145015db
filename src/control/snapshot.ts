import type { AttemptKind } from '../domain/attempt.ts'
import type { AuthorName } from '../domain/environment.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import { type AttemptOutcome, countCosts, countStates, type HeldAttempt, listHeld } from '../store/counts.ts'
import { spendingOfRun } from '../store/model-calls.ts'
import { listNodes } from '../store/nodes.ts'
import { getRun } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import type { NodeView } from './node-view.ts'

/** An attempt that is being worked on. */
export interface ActiveAttempt {
  readonly instance_id: string
  /** Of a rollout, from 1; else 0. */
  readonly number: number
  readonly node: string
  readonly stage: Stage
  /** Of a rollout the solver's step. */
  readonly iteration: number
  readonly ageMs: number
  readonly stageAgeMs: number
}

/** Instances of a run, or its rollouts, under one outcome and, where it has one, one reason. */
export interface OutcomeCount {
  readonly outcome: AttemptOutcome | 'faulted' | 'spared'
  /** Null for accepted, unsolvable, resolved and spared. */
  readonly reason: string | null
  readonly count: number
}

/** Instances of a run, or its rollouts, under one outcome, with what the run's model calls for them cost. */
export interface OutcomeCost extends Omit<OutcomeCount, 'outcome'> {
  readonly outcome: OutcomeCount['outcome'] | 'open'
  /** Who wrote what was accepted; null of other outcomes. */
  readonly author: AuthorName | null
  readonly costUsd: number
}

/** What people are shown of a run: the one read model of progress line, status, final table and screen. */
export interface Snapshot {
  readonly run_id: string
  /** What it makes; all that is counted is of this kind. */
  readonly kind: AttemptKind
  readonly total: number
  /** For a node, or for a slot of one. */
  readonly queued: number
  readonly running: number
  readonly accepted: number
  readonly rejected: number
  readonly unsolvable: number
  readonly resolved: number
  readonly unresolved: number
  readonly faulted: number
  readonly spared: number
  readonly outcomes: readonly OutcomeCount[]
  readonly active: readonly ActiveAttempt[]
  readonly elapsedMs: number
  readonly settledInRun: number
  /** At the pace of this run so far; null before the first verdict. */
  readonly remainingMs: number | null
  /** How far from `remainingMs` four of five such runs end at most. */
  readonly remainingErrorMs: number | null
  /** What model calls cost so far, those that go on left out: it never falls. Null where the run asks no model. */
  readonly spentUsd: number | null
  /** What the run comes to, where all cost alike and what runs is half done; null before the first verdict. */
  readonly forecastUsd: number | null
  readonly nodes: readonly NodeView[]
}

/** The state of a run that began at `startedAtMs`, at `nowMs`. */
export function takeSnapshot(store: Store, runId: string, startedAtMs: number, nowMs: number): Snapshot {
  const counts = countStates(store, runId, startedAtMs)
  const sum = (wanted: (row: (typeof counts)[number]) => boolean) =>
    counts.filter(wanted).reduce((total, row) => total + row.count, 0)
  const queued = sum((row) => row.state === 'queued' || row.state === 'leased')
  const running = sum((row) => row.state === 'running')
  const settledInRun = counts.reduce((total, row) => total + row.recent, 0)
  const elapsedMs = nowMs - startedAtMs
  const remainingMs = settledInRun === 0 ? null : Math.round((elapsedMs / settledInRun) * (queued + running))
  const spent = spentUsd(store, runId)
  return {
    run_id: runId,
    kind: getRun(store, runId)?.author === null ? 'rollout' : 'synthesis',
    total: sum(() => true),
    queued,
    running,
    accepted: sum((row) => row.outcome === 'accepted'),
    rejected: sum((row) => row.outcome === 'rejected'),
    unsolvable: sum((row) => row.outcome === 'unsolvable'),
    resolved: sum((row) => row.outcome === 'resolved'),
    unresolved: sum((row) => row.outcome === 'unresolved'),
    faulted: sum((row) => row.state === 'faulted'),
    spared: sum((row) => row.state === 'spared'),
    outcomes: counts.flatMap((row) => {
      const outcome = row.state === 'faulted' || row.state === 'spared' ? row.state : row.outcome
      return outcome === null ? [] : [{ outcome, reason: row.reason, count: row.count }]
    }),
    active: listHeld(store, runId).flatMap((held) => activeOf(held, nowMs)),
    elapsedMs,
    settledInRun,
    remainingMs,
    remainingErrorMs: remainingMs && Math.round(remainingMs * relativeError(settledInRun, queued + running)),
    spentUsd: spent,
    forecastUsd:
      spent === null || settledInRun === 0 ? null : spent * (1 + (queued + running / 2) / (settledInRun + running / 2)),
    // The states are as control wrote them.
    nodes: listNodes(store, runId) as NodeView[],
  }
}

/** What is leased and waits for a slot of its node is not worked on. */
function activeOf({ instance_id, number, node, stage, ...held }: HeldAttempt, nowMs: number): ActiveAttempt[] {
  const { iteration, granted_at_ms, stage_since_ms } = held
  if (stage === null) return []
  const ages = { ageMs: nowMs - granted_at_ms, stageAgeMs: nowMs - (stage_since_ms ?? granted_at_ms) }
  return [{ instance_id, number, node, stage, iteration: iteration ?? 0, ...ages }]
}

/** Four fifths of a normal distribution lie within this many standard deviations. */
const deviations = 1.28

/** Of the time that `left` take, told from `ended` whose times differ by about as much as they are long. */
function relativeError(ended: number, left: number): number {
  return left === 0 ? 0 : deviations * Math.sqrt(1 / ended + 1 / left)
}

function spentUsd(store: Store, runId: string): number | null {
  const author = getRun(store, runId)?.author
  if (author !== null && author !== 'model' && author !== 'auto') return null
  return spendingOfRun(store, runId).settledUsd
}

/** What each outcome of a run cost; null where the run asks no model. Slower than a snapshot: for tables, not for lines. */
export function takeOutcomeCosts(store: Store, runId: string): readonly OutcomeCost[] | null {
  if (spentUsd(store, runId) === null) return null
  const rows = countCosts(store, runId).map(({ state, outcome, reason, author, count, cost_usd }) => ({
    outcome: state === 'faulted' || state === 'spared' ? state : (outcome ?? ('open' as const)),
    reason,
    author,
    count,
    costUsd: cost_usd,
  }))
  const open = rows.filter((row) => row.outcome === 'open')
  const closed = rows.filter((row) => row.outcome !== 'open')
  if (open.length === 0) return closed
  const sum = (of: 'count' | 'costUsd') => open.reduce((total, row) => total + row[of], 0)
  return [...closed, { outcome: 'open', reason: null, author: null, count: sum('count'), costUsd: sum('costUsd') }]
}
