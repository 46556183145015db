import type { Grade } from '../domain/grade.ts'
import type { LeaseKey } from '../domain/lease.ts'
import type { Rollout } from '../domain/rollout.ts'
import { artefactKey, getArtefact, putArtefact } from './artefacts.ts'
import type { Store } from './store.ts'
import { type UsageColumns, usageOf } from './usage-columns.ts'

/** A rollout as it is stored, with its grade as far as there is one. */
export interface RolloutRecord {
  readonly rollout: Rollout
  /** Null until it is graded. */
  readonly grade: Omit<Grade, 'runs'> | null
}

/**
 * Stores what a solver left under a lease, in the place of what another lease left; what the same lease left stays as it
 * is, and so does what is there where the lease is over.
 */
export function putRollout(store: Store, { attempt, generation }: LeaseKey, rollout: Rollout, isHeld: boolean): void {
  if (isHeld) store.run('delete from rollouts where attempt_id = ? and generation <> ?', attempt, generation)
  const { usage } = rollout
  store.run(
    `insert into rollouts select attempt_id, run_id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null
     from attempts where attempt_id = ? on conflict do nothing`,
    generation,
    rollout.model,
    rollout.scaffold,
    rollout.ending,
    putArtefact(store, JSON.stringify(rollout.trajectory)),
    putArtefact(store, rollout.model_patch),
    JSON.stringify(rollout.leftOut ?? []),
    stepsIn(rollout),
    rollout.costUsd,
    usage.input,
    usage.output,
    usage.cacheWrite,
    usage.cacheRead,
    rollout.durationMs,
    attempt,
  )
}

/** Whether the rollout that is stored is of this lease, so that its grade is one of this rollout. */
export function isRolloutOf(store: Store, { attempt, generation }: LeaseKey): boolean {
  const sql = 'select 1 from rollouts where attempt_id = ? and generation = ?'
  return store.get(sql, attempt, generation) !== undefined
}

/** Whether its solver was done. */
export function hasLeftRollout(store: Store, attemptId: number): boolean {
  return store.get('select 1 from rollouts where attempt_id = ?', attemptId) !== undefined
}

/** Gives a new lease the rollout that an earlier one left ungraded, where there is one. */
export function takeOverRollout(store: Store, { attempt, generation }: LeaseKey): void {
  store.run('update rollouts set generation = ? where attempt_id = ?', generation, attempt)
}

function stepsIn({ trajectory }: Rollout): number {
  return trajectory.messages.filter(({ role }) => role === 'assistant').length
}

export function putGrade(store: Store, attemptId: number, { runs, ...grade }: Grade): void {
  const { changes } = store.run(
    'update rollouts set grade = ?, runs = ? where attempt_id = ?',
    putArtefact(store, JSON.stringify(grade)),
    putArtefact(store, JSON.stringify(runs)),
    attemptId,
  )
  if (changes === 0) throw new Error(`${store.path}: a grade of attempt ${attemptId}, which has no rollout`)
}

/** Takes back what grading said; what the solver left stays. */
export function removeGrade(store: Store, attemptId: number): void {
  store.run('update rollouts set grade = null, runs = null where attempt_id = ?', attemptId)
}

/** The current attempt of a solver at an instance's row that left exactly this. */
export function findSameRollout(
  store: Store,
  { row_digest, solver }: { readonly row_digest: string; readonly solver: string },
  { instance_id, trajectory, model_patch }: Rollout,
): number | undefined {
  return store.get<{ attempt_id: number }>(
    `select attempt_id from attempts join rollouts using (attempt_id)
     where instance_id = ? and row_digest = ? and kind = 'rollout' and solver = ? and is_current = 1
       and trajectory = ? and model_patch = ?`,
    instance_id,
    row_digest,
    solver,
    artefactKey(JSON.stringify(trajectory)),
    artefactKey(model_patch),
  )?.attempt_id
}

function leftOutOf(row: RolloutRow): Pick<Rollout, 'leftOut'> {
  const leftOut = JSON.parse(row.left_out) as readonly string[]
  return leftOut.length === 0 ? {} : { leftOut }
}

interface RolloutRow extends UsageColumns {
  readonly instance_id: string
  readonly number: number
  readonly scaffold: Rollout['scaffold']
  readonly model: string
  readonly ending: Rollout['ending']
  readonly trajectory: string
  readonly model_patch: string
  readonly left_out: string
  readonly cost_usd: number
  readonly duration_ms: number
  readonly grade: string | null
}

export function getRollout(store: Store, attemptId: number): RolloutRecord | undefined {
  const row = store.get<RolloutRow>(
    'select instance_id, number, rollouts.* from rollouts join attempts using (attempt_id) where attempt_id = ?',
    attemptId,
  )
  return (
    row && {
      rollout: {
        instance_id: row.instance_id,
        number: row.number,
        scaffold: row.scaffold,
        model: row.model,
        trajectory: JSON.parse(getArtefact(store, row.trajectory)),
        model_patch: getArtefact(store, row.model_patch),
        ...leftOutOf(row),
        ending: row.ending,
        usage: usageOf(row),
        costUsd: row.cost_usd,
        durationMs: row.duration_ms,
      },
      grade: row.grade === null ? null : JSON.parse(getArtefact(store, row.grade)),
    }
  )
}

/** What is told of a rollout in a line. */
export interface RolloutFacts {
  readonly ending: Rollout['ending']
  readonly steps: number
  /** Those of the cache too. */
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost_usd: number
  readonly duration_ms: number
}

export function getRolloutFacts(store: Store, attemptId: number): RolloutFacts | undefined {
  return store.get<RolloutFacts>(
    `select ending, steps, input_tokens + cache_write_tokens + cache_read_tokens as input_tokens, output_tokens,
       cost_usd, duration_ms
     from rollouts where attempt_id = ?`,
    attemptId,
  )
}

/** How the tries of one solver at one instance stand. */
export interface SolverTries {
  readonly instance_id: string
  readonly solver: string
  /** Graded ones. */
  readonly tried: number
  readonly resolved: number
  /** Waiting, being made, or given up after faults. */
  readonly open: number
  readonly spared: number
  /** What all model calls for them cost, those of rollouts that were lost too. */
  readonly cost_usd: number
}

/**
 * Of every solver at every instance that has rollouts, by instance id and solver; of one run where it is named. Rollouts
 * of what an instance's row was before are left out, here and below.
 */
export function solverTries(store: Store, runId: string | null = null): SolverTries[] {
  return store.all<SolverTries>(
    `select instance_id, solver, count(iif(state = 'settled', 1, null)) as tried,
       count(iif(outcome = 'resolved', 1, null)) as resolved,
       count(iif(state not in ('settled', 'spared'), 1, null)) as open, count(iif(state = 'spared', 1, null)) as spared,
       sum((select coalesce(sum(coalesce(cost_usd, reserved_usd)), 0) from model_calls
            where attempt_id = attempts.attempt_id)) as cost_usd
     from attempts join instances using (instance_id, row_digest)
     where kind = 'rollout' and is_current = 1 and run_id = coalesce(?, run_id)
     group by instance_id, solver order by instance_id, solver`,
    runId,
  )
}

/** The graded rollouts of one solver at one instance, by their numbers. */
export function gradedRollouts(store: Store, instanceId: string, solver: string): Required<RolloutRecord>[] {
  const ids = store.all<{ attempt_id: number }>(
    `select attempt_id from attempts join instances using (instance_id, row_digest) where instance_id = ? and kind = 'rollout' and solver = ? and is_current = 1
     and state = 'settled' order by number`,
    instanceId,
    solver,
  )
  return ids.flatMap(({ attempt_id }) => getRollout(store, attempt_id) ?? [])
}

/** What all model calls for the rollouts of each solver cost, those of rollouts that were lost or made again too. */
export function costOfSolvers(store: Store): ReadonlyMap<string, number> {
  const rows = store.all<{ solver: string; cost_usd: number }>(
    `select solver, sum(coalesce(cost_usd, reserved_usd)) as cost_usd
     from attempts join model_calls using (attempt_id) where kind = 'rollout' group by solver`,
  )
  return new Map(rows.map(({ solver, cost_usd }) => [solver, cost_usd]))
}
