import type { EvalRun } from '../domain/eval-run.ts'
import type { IterationRecord } from '../domain/iteration-record.ts'
import type { LeaseKey } from '../domain/lease.ts'
import { getArtefact, putArtefact } from './artefacts.ts'
import type { Store } from './store.ts'

interface IterationRow {
  readonly number: number
  readonly author: IterationRecord['author']
  readonly report: string
  readonly dockerfile: string
  readonly test_command: string
  readonly guidance: string
  readonly result: string
  readonly build_log: string
  readonly duration_ms: number
}

interface EvalRunRow {
  readonly purpose: EvalRun['purpose']
  readonly ending: string
  readonly report: string | null
  readonly marked_exit_code: string | null
  readonly conditions: string
  readonly duration_ms: number
  readonly output: string
}

/** Stores a finished iteration of a lease with its runs. One that is stored already stays as it is. */
export function putIteration(store: Store, { attempt, generation }: LeaseKey, record: IterationRecord): void {
  const { changes } = store.run(
    'insert into iterations values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing',
    attempt,
    generation,
    record.number,
    record.author,
    putArtefact(store, record.report),
    putArtefact(store, record.dockerfile),
    JSON.stringify(record.testCommand),
    JSON.stringify(record.guidance),
    JSON.stringify(record.result),
    putArtefact(store, record.buildLog),
    record.durationMs,
  )
  if (changes === 0) return
  for (const [ordinal, run] of record.runs.entries()) {
    store.run(
      'insert into eval_runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      attempt,
      generation,
      record.number,
      ordinal,
      run.purpose,
      JSON.stringify(run.end),
      run.report && putArtefact(store, JSON.stringify(run.report)),
      run.markedExitCode === undefined ? null : JSON.stringify(run.markedExitCode),
      JSON.stringify(run.conditions),
      run.durationMs,
      putArtefact(store, run.output),
    )
  }
}

/** The lease that came furthest, the newest of those; undefined where no iteration was finished. */
function furthestLease(store: Store, attemptId: number): number | undefined {
  return store.get<{ generation: number }>(
    'select generation from iterations where attempt_id = ? order by number desc, generation desc limit 1',
    attemptId,
  )?.generation
}

/** Gives a new lease what the one that came furthest did: it goes on from there. */
export function takeOverIterations(store: Store, { attempt, generation }: LeaseKey): void {
  const from = furthestLease(store, attempt)
  if (from === undefined || from === generation) return
  store.run(
    `insert into iterations select attempt_id, ?, number, author, report, dockerfile, test_command, guidance, result,
       build_log, duration_ms from iterations where attempt_id = ? and generation = ?`,
    generation,
    attempt,
    from,
  )
  store.run(
    `insert into eval_runs select attempt_id, ?, iteration, ordinal, purpose, ending, report, marked_exit_code,
       conditions, duration_ms, output from eval_runs where attempt_id = ? and generation = ?`,
    generation,
    attempt,
    from,
  )
}

/** Of a settled attempt, only what led to its verdict is kept. */
export function dropOtherIterations(store: Store, { attempt, generation }: LeaseKey): void {
  store.run('delete from iterations where attempt_id = ? and generation <> ?', attempt, generation)
}

/** The finished iterations of an attempt, in order, as they were stored: those of the lease that came furthest. */
export function getIterations(store: Store, attemptId: number): IterationRecord[] {
  const generation = furthestLease(store, attemptId)
  return store
    .all<IterationRow>(
      'select * from iterations where attempt_id = ? and generation = ? order by number',
      attemptId,
      generation ?? 0,
    )
    .map((row) => ({
      number: row.number,
      author: row.author,
      report: getArtefact(store, row.report),
      dockerfile: getArtefact(store, row.dockerfile),
      testCommand: JSON.parse(row.test_command),
      guidance: JSON.parse(row.guidance),
      result: JSON.parse(row.result),
      buildLog: getArtefact(store, row.build_log),
      runs: store
        .all<EvalRunRow>(
          'select * from eval_runs where attempt_id = ? and generation = ? and iteration = ? order by ordinal',
          attemptId,
          generation ?? 0,
          row.number,
        )
        .map((run) => evalRunOf(store, run)),
      durationMs: row.duration_ms,
    }))
}

function evalRunOf(store: Store, row: EvalRunRow): EvalRun {
  return {
    purpose: row.purpose,
    end: JSON.parse(row.ending),
    report: row.report === null ? null : JSON.parse(getArtefact(store, row.report)),
    ...(row.marked_exit_code === null ? {} : { markedExitCode: JSON.parse(row.marked_exit_code) }),
    conditions: JSON.parse(row.conditions),
    durationMs: row.duration_ms,
    output: getArtefact(store, row.output),
  }
}
