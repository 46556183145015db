import type { EvalRun } from './eval-run.ts'
import { type GroundTruth, namedOutcomes } from './ground-truth.ts'
import { nameSome } from './judge.ts'
import { hasFailures } from './test-report.ts'

/** Why a solver's patch does not resolve its instance. Every value is counted by name. */
export const unresolvedReasons = [
  'patch-empty',
  'patch-unusable',
  'patch-does-not-apply',
  'timed-out',
  'out-of-memory',
  'disk-limit',
  'output-limit',
  'not-a-test-run',
  'exit-code-disagrees',
  'fail-to-pass-fails',
  'pass-to-pass-fails',
  'equals-everything',
  'results-forged',
  'results-unchecked',
] as const

export type UnresolvedReason = (typeof unresolvedReasons)[number]

export type GradeOutcome =
  | { readonly kind: 'resolved' }
  | { readonly kind: 'unresolved'; readonly reason: UnresolvedReason; readonly explanation: string }

/** Why a change of the solver's was taken back before the tests ran. */
export const takenBackReasons = [
  'file-of-test-patch',
  'test-file',
  'conftest',
  'runner-configuration',
  'runner-script',
  'start-up-hook',
  'plugin-metadata',
  'compiled-code',
  'shadows-module',
  'link-outside',
  'in-the-way',
] as const

export interface TakenBack {
  readonly path: string
  readonly reason: (typeof takenBackReasons)[number]
}

/** Names of a ground truth by whether their tests held. */
export interface TestsStatus {
  readonly FAIL_TO_PASS: { readonly success: readonly string[]; readonly failure: readonly string[] }
  readonly PASS_TO_PASS: { readonly success: readonly string[]; readonly failure: readonly string[] }
}

/** What became of a solver's patch. JSON in, JSON out. */
export interface Grade {
  readonly outcome: GradeOutcome
  /** The patch applies to `base_commit`. */
  readonly isApplied: boolean
  readonly takenBack: readonly TakenBack[]
  /** What in the patch could reach the machinery of the tests; a resolved run is then checked by canaries. */
  readonly marks: readonly string[]
  /** Null where no test was run. */
  readonly tests: TestsStatus | null
  /** The graded run first, then those of canaries. */
  readonly runs: readonly EvalRun[]
}

export function unresolved(reason: UnresolvedReason, explanation: string): GradeOutcome {
  return { kind: 'unresolved', reason, explanation }
}

/** A test passed only if it is reported so; absent or skipped it did not, unless it is so under the gold patch too. */
export function testsStatus(run: EvalRun, truth: GroundTruth): TestsStatus {
  const outcomes = namedOutcomes(truth.naming, run.report?.outcomes ?? {})
  const holds = (name: string) => {
    const outcome = outcomes.get(name)
    return outcome === 'passed' || (outcome !== undefined && outcome === truth.otherwise[name])
  }
  const sorted = (names: readonly string[]) => ({
    success: names.filter(holds),
    failure: names.filter((name) => !holds(name)),
  })
  return { FAIL_TO_PASS: sorted(truth.FAIL_TO_PASS), PASS_TO_PASS: sorted(truth.PASS_TO_PASS) }
}

/** Decides from facts alone: how the container ended, its exit code from the engine, and the structured report. */
export function gradeRun(run: EvalRun, tests: TestsStatus): GradeOutcome {
  const { end, report } = run
  if (end.kind === 'timed-out') return unresolved('timed-out', `the tests did not end within ${end.afterMs / 1000} s`)
  if (end.kind !== 'exited') return unresolved(end.kind, `the run went over its limit of ${end.limitBytes} bytes`)
  if (report === null) {
    return unresolved('not-a-test-run', `the run ended with exit code ${end.exitCode} and left no report`)
  }
  if ((end.exitCode !== 0) !== hasFailures(report)) {
    const said = hasFailures(report) ? 'failures' : 'none'
    return unresolved('exit-code-disagrees', `exit code ${end.exitCode}, while the report says ${said}`)
  }
  const { FAIL_TO_PASS, PASS_TO_PASS } = tests
  if (FAIL_TO_PASS.failure.length > 0) {
    return unresolved('fail-to-pass-fails', `these do not pass: ${nameSome(FAIL_TO_PASS.failure)}`)
  }
  if (PASS_TO_PASS.failure.length > 0) {
    return unresolved('pass-to-pass-fails', `these passed before: ${nameSome(PASS_TO_PASS.failure)}`)
  }
  return { kind: 'resolved' }
}

/** A grade without the runs it rests on. JSON in, JSON out. */
export interface GradeSummary extends Omit<Grade, 'runs'> {
  /** Of all its runs together. */
  readonly durationMs: number
}

export function summaryOf({ runs, ...grade }: Grade): GradeSummary {
  return { ...grade, durationMs: runs.reduce((sum, run) => sum + run.durationMs, 0) }
}
