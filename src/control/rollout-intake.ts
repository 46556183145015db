import { canStillFall } from '../curation/early-stop.ts'
import { advance, type FaultPolicy } from '../domain/attempt.ts'
import type { GradeOutcome } from '../domain/grade.ts'
import {
  acceptedAttempts,
  assignToRun,
  currentAttempt,
  currentRollouts,
  insertRollout,
  type StoredRollout,
  saveAttempt,
} from '../store/attempts.ts'
import type { Store } from '../store/store.ts'
import { releaseAbandoned } from './release-abandoned.ts'
import type { RolloutPlan } from './run-plan.ts'
import { passRateOf } from './spare-tries.ts'

/** What a later run may take up again. Interrupted and queued rollouts always go on. */
export type RolloutRetry = GradeOutcome['kind'] | 'faulted'

export interface RolloutIntakeOptions {
  readonly runId: string
  readonly solver: string
  readonly plan: RolloutPlan
  /** Only these ids; null takes every accepted instance. */
  readonly only: ReadonlySet<string> | null
  /** The most instances to take, after `only`. */
  readonly limit: number
  readonly retry: ReadonlySet<RolloutRetry>
  readonly policy: FaultPolicy
}

/** How the rollouts that are wanted stand against those that there are. All but `instances` and `missing` count tries. */
export interface RolloutIntake {
  readonly instances: number
  readonly added: number
  /** In the queue already: interrupted, or never begun. */
  readonly continued: number
  /** Of an instance whose row changed since: as good as new. */
  readonly changed: number
  readonly retried: number
  /** Not done, since the pass rate of their instance cannot fall into the wanted band. */
  readonly spared: number
  /** Not done again, by what they ended as. */
  readonly skipped: Readonly<Record<RolloutRetry, number>>
  /** Ids of `only` that are not accepted in the database. */
  readonly missing: readonly string[]
}

type Standing = 'added' | 'continued' | 'changed' | 'retried' | 'spared' | RolloutRetry

const batchSize = 200

/**
 * Queues the tries of a solver at accepted instances: the first of each, then the second of each …, so that what is known
 * of an instance early can spare its later ones, and a budget that ends too soon has been spent on all alike.
 */
export function takeInRollouts(store: Store, options: RolloutIntakeOptions): RolloutIntake {
  releaseAbandoned(store, options.runId, options.policy)
  const accepted = acceptedAttempts(store).map(({ instance_id }) => instance_id)
  const { only } = options
  const wanted = (only === null ? accepted : accepted.filter((id) => only.has(id))).slice(0, options.limit)
  const counts = new Map<Standing, number>()
  for (let number = 1; number <= options.plan.tries; number += 1) {
    for (let first = 0; first < wanted.length; first += batchSize) {
      const batch = wanted.slice(first, first + batchSize)
      const standings = store.transaction(() => batch.map((id) => takeOne(store, id, number, options)))
      for (const standing of standings) counts.set(standing, (counts.get(standing) ?? 0) + 1)
    }
  }
  const count = (standing: Standing) => counts.get(standing) ?? 0
  return {
    instances: wanted.length,
    added: count('added'),
    continued: count('continued'),
    changed: count('changed'),
    retried: count('retried'),
    spared: count('spared'),
    skipped: { resolved: count('resolved'), unresolved: count('unresolved'), faulted: count('faulted') },
    missing: only === null ? [] : [...only].filter((id) => !accepted.includes(id)).sort(),
  }
}

function takeOne(store: Store, instance_id: string, number: number, options: RolloutIntakeOptions): Standing {
  const { runId: run_id, solver, plan, retry } = options
  const row_digest = currentAttempt(store, instance_id)?.row_digest ?? ''
  const known = currentRollouts(store, instance_id, solver)
  const ofRow = known.filter((rollout) => rollout.row_digest === row_digest)
  const isWanted = canStillFall(plan.keep, passRateOf(ofRow), plan.tries)
  const current = ofRow.find((rollout) => rollout.number === number)
  if (current === undefined && !isWanted) return 'spared'
  if (current !== undefined && !isToBeRedone(current, retry)) return takeUp(store, current, isWanted, options)
  insertRollout(store, { instance_id, row_digest, run_id, solver, number })
  if (current !== undefined) return 'retried'
  return known.some((rollout) => rollout.number === number) ? 'changed' : 'added'
}

function isToBeRedone({ attempt }: StoredRollout, retry: RolloutIntakeOptions['retry']): boolean {
  return attempt.state === 'settled' && retry.has(attempt.verdict.kind)
}

/** The attempt that is there stands, with what its solver may have left ungraded. */
function takeUp(
  store: Store,
  { attempt_id, attempt }: StoredRollout,
  isWanted: boolean,
  { runId, retry, policy }: RolloutIntakeOptions,
): Standing {
  assignToRun(store, attempt_id, runId)
  if (attempt.state === 'settled') return attempt.verdict.kind
  if (attempt.state === 'faulted' && !retry.has('faulted')) return 'faulted'
  const queued = advance<never>(attempt, { type: 'requeued' }, policy)
  saveAttempt(store, attempt_id, isWanted ? queued : advance(queued, { type: 'spared' }, policy))
  if (!isWanted) return 'spared'
  return attempt.state === 'faulted' ? 'retried' : attempt.state === 'spared' ? 'added' : 'continued'
}
