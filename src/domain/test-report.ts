/** How one test ended. Only `passed` counts as passed; a test that is absent from a report did not pass. */
export type TestOutcome = 'passed' | 'failed' | 'error' | 'skipped' | 'xfailed' | 'xpassed'

/** A file or module that the runner could not import or collect. */
export interface CollectionError {
  /** As the runner names it, such as `tests/test_x.py`. */
  readonly name: string
  /** The runner's own words, bounded. */
  readonly message: string
}

/** Per-test outcomes of one eval run, from the runner's structured report and never from its text. JSON in, JSON out. */
export interface TestReport {
  /** Keyed by test name as the runner selects it (`tests/test_x.py::TestC::test_y[1]`); the worst outcome wins. */
  readonly outcomes: Readonly<Record<string, TestOutcome>>
  readonly collectionErrors: readonly CollectionError[]
}

const severity: Readonly<Record<TestOutcome, number>> = {
  passed: 0,
  xfailed: 1,
  skipped: 2,
  xpassed: 3,
  failed: 4,
  error: 5,
}

/** The worse of two outcomes reported for one test name (a test that passes and then errors in teardown has errored). */
export function worse(a: TestOutcome | undefined, b: TestOutcome): TestOutcome {
  return a === undefined || severity[b] > severity[a] ? b : a
}

/** Names of the tests that ended in one of the outcomes, in report order. */
export function testsThat(report: TestReport, ...outcomes: readonly TestOutcome[]): string[] {
  return Object.entries(report.outcomes)
    .filter(([, outcome]) => outcomes.includes(outcome))
    .map(([name]) => name)
}

/** True where a test failed or errored, or something could not be collected: what a non-zero exit code must mean. */
export function hasFailures(report: TestReport): boolean {
  return report.collectionErrors.length > 0 || testsThat(report, 'failed', 'error').length > 0
}
