/** How one test ended. Only `passed` counts as passed; a test that is absent from a report did not pass. */
export type TestOutcome = 'passed' | 'failed' | 'error' | 'skipped' | 'xfailed' | 'xpassed'

/** Per-test outcomes of one eval run, from the runner's structured report and never from its text. */
export interface TestReport {
  /** Keyed by test name as the runner selects it (`tests/test_x.py::TestC::test_y[1]`); the worst outcome wins. */
  readonly outcomes: ReadonlyMap<string, TestOutcome>
  /** Files or modules that could not be imported or collected, by the name the runner gives them. */
  readonly collectionErrors: readonly string[]
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

/** Test names whose outcome is `passed`, in report order. */
export function passedTests(report: TestReport): string[] {
  return [...report.outcomes].filter(([, outcome]) => outcome === 'passed').map(([name]) => name)
}

/** True where nothing failed, errored or broke at collection, and at least one test passed. */
export function isGreen(report: TestReport): boolean {
  if (report.collectionErrors.length > 0) return false
  let passed = 0
  for (const outcome of report.outcomes.values()) {
    if (outcome === 'failed' || outcome === 'error') return false
    if (outcome === 'passed') passed += 1
  }
  return passed > 0
}
