import { advance, type FaultPolicy } from '../domain/attempt.ts'
import { type Rollout, solverOf } from '../domain/rollout.ts'
import type { InputProblem } from '../input/problem.ts'
import type { TrajectoryRow } from '../input/trajectories.ts'
import {
  acceptedAttempts,
  assignToRun,
  currentAttempt,
  currentRollouts,
  insertRollout,
  saveAttempt,
} from '../store/attempts.ts'
import { findSameRollout, putRollout } from '../store/rollouts.ts'
import type { Store } from '../store/store.ts'
import { releaseAbandoned } from './release-abandoned.ts'

export interface ImportOptions {
  readonly runId: string
  readonly policy: FaultPolicy
  readonly onProblem: (file: string, problem: InputProblem) => void
}

/** How rollouts that were made elsewhere stand against what the store knows. */
export interface ImportIntake {
  readonly added: number
  /** Imported before, and not graded since then: queued again. */
  readonly continued: number
  /** Imported before, or twice in the files, and graded or waiting for it. */
  readonly known: number
  /** Broken ones; warnings leave a rollout in. */
  readonly problems: number
  /** Of instances that are not accepted in the database. */
  readonly leftOut: number
  /** The ids of these, each once. */
  readonly missing: readonly string[]
  /** Whose rollouts these are. */
  readonly solvers: readonly string[]
}

type Standing = 'added' | 'continued' | 'known'

/**
 * Stores what other scaffolds' files hold as rollouts that are solved and not graded, each as the next free try of its
 * solver, and queues them. One that a solver left byte for byte before is the same rollout.
 */
export async function takeInImports(
  store: Store,
  files: readonly { readonly name: string; readonly rows: AsyncIterable<TrajectoryRow> }[],
  options: ImportOptions,
): Promise<ImportIntake> {
  releaseAbandoned(store, options.runId, options.policy)
  const accepted = new Set(acceptedAttempts(store).map(({ instance_id }) => instance_id))
  const counts = { added: 0, continued: 0, known: 0 }
  /** Attempts of this run by now. */
  const taken = new Set<number>()
  const missing = new Set<string>()
  const solvers = new Set<string>()
  let leftOut = 0
  let problems = 0
  for (const { name, rows } of files) {
    for await (const row of rows) {
      if (row.kind === 'problem') {
        if (row.severity === 'error') problems += 1
        options.onProblem(name, row)
      } else if (accepted.has(row.rollout.instance_id)) {
        counts[store.transaction(() => takeOne(store, row.rollout, taken, options))] += 1
        solvers.add(solverOf(row.rollout))
      } else {
        leftOut += 1
        missing.add(row.rollout.instance_id)
      }
    }
  }
  return { ...counts, problems, leftOut, missing: [...missing].sort(), solvers: [...solvers].sort() }
}

function takeOne(
  store: Store,
  rollout: Rollout,
  taken: Set<number>,
  { runId: run_id, policy }: ImportOptions,
): Standing {
  const { instance_id } = rollout
  const row_digest = currentAttempt(store, instance_id)?.row_digest ?? ''
  const solver = solverOf(rollout)
  const tries = currentRollouts(store, instance_id, solver).filter((known) => known.row_digest === row_digest)
  const same = findSameRollout(store, { row_digest, solver }, rollout)
  const known = tries.find(({ attempt_id }) => attempt_id === same)
  if (known === undefined) {
    const number = 1 + Math.max(0, ...tries.map((other) => other.number))
    const attemptId = insertRollout(store, { instance_id, row_digest, run_id, solver, number })
    putRollout(store, { attempt: attemptId, generation: 0 }, rollout, false)
    taken.add(attemptId)
    return 'added'
  }
  const { attempt, attempt_id } = known
  if (attempt.state === 'settled' || taken.has(attempt_id)) return 'known'
  taken.add(attempt_id)
  assignToRun(store, attempt_id, run_id)
  saveAttempt(store, attempt_id, advance<never>(attempt, { type: 'requeued' }, policy))
  return 'continued'
}
