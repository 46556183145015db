import type { EvalRun } from './eval-run.ts'
import { hasFailures, type TestOutcome, type TestReport, testsThat } from './test-report.ts'
import type { Acceptance, RejectionReason } from './verdict.ts'

/** Runs of one environment, and whether a collection error is explained by what the gold patch adds. */
export interface Evidence {
  readonly testOnly: readonly EvalRun[]
  readonly withFix: readonly EvalRun[]
  readonly isExplained: (message: string) => boolean
}

export interface Rejection {
  readonly kind: 'rejected'
  readonly reason: RejectionReason
  readonly explanation: string
}

/** `sound`: the runs say what an accepted environment must say; controls and leak audit are still to come. */
export type Judgement = ({ readonly kind: 'sound' } & Acceptance) | Rejection

/** Decides from facts alone: how containers ended, exit codes from the engine, and structured reports. */
export function judge(evidence: Evidence): Judgement {
  return (
    firstOf(evidence.withFix, unusable) ??
    firstOf(evidence.testOnly, unfinished) ??
    firstOf(evidence.testOnly, passesBefore) ??
    passesByChance(evidence) ??
    firstOf(evidence.withFix, failsAfter) ??
    firstOf(evidence.testOnly, crashedBefore) ??
    compare(evidence)
  )
}

/** Shortens a list of names for a sentence. */
export function nameSome(names: readonly string[], limit = 3): string {
  const shown = names.slice(0, limit).join(', ')
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown
}

export function rejected(reason: RejectionReason, explanation: string): Rejection {
  return { kind: 'rejected', reason, explanation }
}

function firstOf(runs: readonly EvalRun[], check: (run: EvalRun) => Rejection | null): Rejection | null {
  for (const run of runs) {
    const rejection = check(run)
    if (rejection) return rejection
  }
  return null
}

function unfinished(run: EvalRun): Rejection | null {
  switch (run.end.kind) {
    case 'exited':
      return null
    case 'timed-out':
      return rejected('timed-out', `the ${run.purpose} run did not end within ${run.end.afterMs / 1000} s`)
    case 'out-of-memory':
    case 'disk-limit':
    case 'output-limit':
      return rejected(run.end.kind, `the ${run.purpose} run went over its limit of ${run.end.limitBytes} bytes`)
  }
}

function exitCodeOf(run: EvalRun): number {
  return run.end.kind === 'exited' ? run.end.exitCode : -1
}

/** A run with the fix must end, leave a report that holds tests, and its exit code must say what the report says. */
function unusable(run: EvalRun): Rejection | null {
  const open = unfinished(run)
  if (open) return open
  const count = run.report === null ? 0 : Object.keys(run.report.outcomes).length + run.report.collectionErrors.length
  if (run.report === null || count === 0) {
    return rejected('not-a-test-run', `the test command ended with exit code ${exitCodeOf(run)} and reported no test`)
  }
  return disagrees(run, run.report)
}

function disagrees(run: EvalRun, report: TestReport): Rejection | null {
  if ((exitCodeOf(run) !== 0) === hasFailures(report)) return null
  const said = hasFailures(report) ? 'reports failures' : 'reports none'
  return rejected('exit-code-disagrees', `exit code ${exitCodeOf(run)} of the ${run.purpose} run, which ${said}`)
}

function passesBefore(run: EvalRun): Rejection | null {
  if (run.report === null || exitCodeOf(run) !== 0 || hasFailures(run.report)) return null
  return rejected('tests-pass-without-fix', 'the tests pass under the test patch alone')
}

function failsAfter(run: EvalRun): Rejection | null {
  if (run.report === null || !hasFailures(run.report)) return null
  const names = [
    ...run.report.collectionErrors.map((error) => `${error.name} (not collected)`),
    ...testsThat(run.report, 'failed', 'error'),
  ]
  return rejected('tests-fail-with-fix', `under the gold patch these do not pass: ${nameSome(names)}`)
}

function crashedBefore(run: EvalRun): Rejection | null {
  if (run.report === null) {
    return rejected('crashed-before-fix', `without the fix no report was left (exit code ${exitCodeOf(run)})`)
  }
  return disagrees(run, run.report)
}

type History = readonly (TestOutcome | undefined)[]

function historyOf(name: string, runs: readonly EvalRun[]): History {
  return runs.map((run) => run.report?.outcomes[name])
}

const isPassed = (outcome: TestOutcome | undefined) => outcome === 'passed'
const isFailure = (outcome: TestOutcome | undefined) =>
  outcome === undefined || outcome === 'failed' || outcome === 'error'

function isSteady(history: History): boolean {
  return history.every((outcome) => outcome === history[0])
}

/** What one test's outcomes over all runs make of it. */
type Standing = 'FAIL_TO_PASS' | 'PASS_TO_PASS' | 'unsteady fix' | 'skipped after' | 'flaky' | 'unaffected'

function standingOf(before: History, after: History): Standing {
  const failedBefore = before.every(isFailure)
  if (after.every(isPassed)) {
    if (failedBefore) return 'FAIL_TO_PASS'
    if (before.every(isPassed)) return 'PASS_TO_PASS'
  }
  if (failedBefore && after.some(isPassed)) return 'unsteady fix'
  if (failedBefore && after.includes('skipped')) return 'skipped after'
  return isSteady(before) && isSteady(after) ? 'unaffected' : 'flaky'
}

/** Names of the tests by what their outcomes make of them. */
function standings(evidence: Evidence): (standing: Standing) => readonly string[] {
  const runs = [...evidence.testOnly, ...evidence.withFix]
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.report?.outcomes ?? {})))].sort()
  const byName = new Map(
    names.map((name) => [name, standingOf(historyOf(name, evidence.testOnly), historyOf(name, evidence.withFix))]),
  )
  return (standing) => names.filter((name) => byName.get(name) === standing)
}

/** Comes before `failsAfter`: that the fix helps only now and then says more than that a run with it failed. */
function passesByChance(evidence: Evidence): Rejection | null {
  const unsteady = standings(evidence)('unsteady fix')
  if (unsteady.length === 0) return null
  return rejected('flaky-fail-to-pass', `not the same in every run with the fix: ${nameSome(unsteady)}`)
}

function compare(evidence: Evidence): Judgement {
  const those = standings(evidence)
  const failToPass = those('FAIL_TO_PASS')
  const flakyTests = those('flaky')
  if (failToPass.length === 0) return withoutFailToPass(those('skipped after'), flakyTests)
  const failedBefore = howItFailed(failToPass, evidence)
  if (failedBefore === null) {
    return rejected('crashed-before-fix', `without the fix nothing ran: ${firstCollectionError(evidence)}`)
  }
  const PASS_TO_PASS = those('PASS_TO_PASS')
  return { kind: 'sound', FAIL_TO_PASS: failToPass, PASS_TO_PASS, flakyTests, failedBefore }
}

function withoutFailToPass(skippedAfter: readonly string[], flakyTests: readonly string[]): Rejection {
  if (skippedAfter.length > 0) {
    return rejected('fail-to-pass-skipped', `skipped, not passed, under the gold patch: ${nameSome(skippedAfter)}`)
  }
  if (flakyTests.length > 0) return rejected('flaky-fail-to-pass', `only flaky tests changed: ${nameSome(flakyTests)}`)
  return rejected('no-fail-to-pass', 'no test fails without the fix and passes with it')
}

/** Null where tests are missing before for a reason that the gold patch does not explain. */
function howItFailed(failToPass: readonly string[], evidence: Evidence): Acceptance['failedBefore'] | null {
  const missing = failToPass.some((name) => historyOf(name, evidence.testOnly).includes(undefined))
  const errors = evidence.testOnly.flatMap((run) => run.report?.collectionErrors ?? [])
  if (missing && errors.some((error) => !evidence.isExplained(error.message))) return null
  const failed = failToPass.some((name) => historyOf(name, evidence.testOnly).some((outcome) => outcome !== undefined))
  if (failed) return 'tests-failed'
  return errors.length > 0 ? 'could-not-import-what-the-patch-adds' : null
}

function firstCollectionError(evidence: Evidence): string {
  const error = evidence.testOnly.flatMap((run) => run.report?.collectionErrors ?? [])[0]
  return error === undefined
    ? 'no test was collected'
    : `${error.name}: ${error.message.trim().split('\n').at(-1) ?? ''}`
}

/**
 * Tests that may be left out of the test command so that its exit code says one thing: they fail with the fix as they
 * did without it, or differ between repeats, and the test patch does not add them. Null where nothing may be left out.
 */
export function prunableTests(evidence: Evidence, testPatchLines: readonly string[]): readonly string[] | null {
  const failing = new Set(
    evidence.withFix.flatMap((run) => (run.report ? testsThat(run.report, 'failed', 'error') : [])),
  )
  if (evidence.withFix.some((run) => run.report === null || run.report.collectionErrors.length > 0)) return null
  if (failing.size === 0 || failing.size > 50) return null
  const isNamed = (name: string) => {
    const bare = name.split('::').at(-1)?.split('[')[0] ?? name
    return testPatchLines.some((line) => new RegExp(`^\\+.*\\bdef ${bare.replace(/\W/g, '\\$&')}\\b`).test(line))
  }
  for (const name of failing) {
    const failedBefore = historyOf(name, evidence.testOnly).some(
      (outcome) => outcome === 'failed' || outcome === 'error',
    )
    const isFlaky = historyOf(name, evidence.withFix).some(isPassed)
    if (isNamed(name) || !(failedBefore || isFlaky)) return null
  }
  return [...failing].sort()
}
