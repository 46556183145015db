import { describe, expect, test } from 'bun:test'
import type { EvalRun, RunEnd } from '../../src/domain/eval-run.ts'
import { type Evidence, judge, prunableTests } from '../../src/domain/judge.ts'
import type { CollectionError, TestOutcome } from '../../src/domain/test-report.ts'

const ended = (exitCode: number): RunEnd => ({ kind: 'exited', exitCode })

function run(
  purpose: EvalRun['purpose'],
  outcomes: Readonly<Record<string, TestOutcome>> | null,
  options: { readonly end?: RunEnd; readonly collectionErrors?: readonly CollectionError[] } = {},
): EvalRun {
  const collectionErrors = options.collectionErrors ?? []
  const failed = Object.values(outcomes ?? {}).some((outcome) => outcome === 'failed' || outcome === 'error')
  return {
    purpose,
    end: options.end ?? ended(failed || collectionErrors.length > 0 ? 1 : 0),
    report: outcomes === null ? null : { outcomes, collectionErrors },
    conditions: [],
    durationMs: 1,
    output: '',
  }
}

const before = (...args: [Parameters<typeof run>[1], Parameters<typeof run>[2]?]) => run('test-only', ...args)
const after = (...args: [Parameters<typeof run>[1], Parameters<typeof run>[2]?]) => run('with-fix', ...args)

function judged(testOnly: readonly EvalRun[], withFix: readonly EvalRun[], isExplained = () => false) {
  return judge({ testOnly, withFix, isExplained })
}

function reasonOf(testOnly: readonly EvalRun[], withFix: readonly EvalRun[]) {
  const judgement = judged(testOnly, withFix)
  return judgement.kind === 'rejected' ? judgement.reason : judgement.kind
}

const failing = { a: 'failed', b: 'passed' } as const
const passing = { a: 'passed', b: 'passed' } as const

describe('an environment is sound where', () => {
  test('a test fails without the fix, passes with it, and the others pass in both', () => {
    expect(judged([before(failing), before(failing)], [after(passing), after(passing), after(passing)])).toEqual({
      kind: 'sound',
      FAIL_TO_PASS: ['a'],
      PASS_TO_PASS: ['b'],
      flakyTests: [],
      failedBefore: 'tests-failed',
    })
  })

  test('a test that the runner did not report before counts as failing before, when others failed by themselves', () => {
    expect(judged([before({ a: 'failed' })], [after({ a: 'passed', new: 'passed' })])).toMatchObject({
      FAIL_TO_PASS: ['a', 'new'],
    })
  })

  test('nothing could be collected before, because the patch adds what is imported', () => {
    const error = { name: 'tests/test_a.py', message: "cannot import name 'slug'" }
    const judgement = judged([before({}, { collectionErrors: [error] })], [after({ a: 'passed' })], () => true)
    expect(judgement).toMatchObject({ kind: 'sound', failedBefore: 'could-not-import-what-the-patch-adds' })
  })

  test('a test that is neither steady nor decisive is named as flaky and is in no list', () => {
    const judgement = judged(
      [before({ ...failing, c: 'passed' })],
      [after({ ...passing, c: 'passed' }), after({ ...passing, c: 'skipped' })],
    )
    expect(judgement).toMatchObject({ FAIL_TO_PASS: ['a'], PASS_TO_PASS: ['b'], flakyTests: ['c'] })
  })
})

describe('an environment is rejected where', () => {
  test('the tests pass without the fix', () => {
    expect(reasonOf([before(passing)], [after(passing)])).toBe('tests-pass-without-fix')
  })

  test('a test fails with the fix', () => {
    expect(reasonOf([before(failing)], [after({ a: 'passed', b: 'failed' })])).toBe('tests-fail-with-fix')
  })

  test('the runs do not end by themselves', () => {
    expect(reasonOf([before(failing)], [after(null, { end: { kind: 'timed-out', afterMs: 1000 } })])).toBe('timed-out')
    expect(reasonOf([before(failing)], [after(null, { end: { kind: 'out-of-memory', limitBytes: 1 } })])).toBe(
      'out-of-memory',
    )
    expect(reasonOf([before(null, { end: { kind: 'output-limit', limitBytes: 1 } })], [after(passing)])).toBe(
      'output-limit',
    )
  })

  test('the command exits with 0 and reports no test', () => {
    expect(reasonOf([before(failing)], [after(null)])).toBe('not-a-test-run')
    expect(reasonOf([before(failing)], [after({})])).toBe('not-a-test-run')
  })

  test('the exit code says something else than the report', () => {
    expect(reasonOf([before(failing)], [after(passing, { end: ended(1) })])).toBe('exit-code-disagrees')
    expect(reasonOf([before(failing, { end: ended(0) })], [after(passing)])).toBe('exit-code-disagrees')
  })

  test('without the fix everything crashed, for a reason that the patch does not explain', () => {
    const error = { name: 'tests/test_a.py', message: "No module named 'numpy'" }
    expect(reasonOf([before({}, { collectionErrors: [error] })], [after({ a: 'passed' })])).toBe('crashed-before-fix')
    expect(reasonOf([before(null, { end: ended(4) })], [after(passing)])).toBe('crashed-before-fix')
  })

  test('only some repeats with the fix pass', () => {
    expect(reasonOf([before(failing)], [after(passing), after({ a: 'skipped', b: 'passed' })])).toBe(
      'flaky-fail-to-pass',
    )
  })

  test('the same test fails in one run with the fix and passes in another', () => {
    expect(reasonOf([before(failing)], [after(failing), after(passing)])).toBe('flaky-fail-to-pass')
    expect(reasonOf([before(failing)], [after(failing), after(failing)])).toBe('tests-fail-with-fix')
  })

  test('the test that failed is skipped, not passed, with the fix', () => {
    expect(reasonOf([before(failing)], [after({ a: 'skipped', b: 'passed' })])).toBe('fail-to-pass-skipped')
  })

  test('what failed before is not reported with the fix', () => {
    expect(reasonOf([before(failing)], [after({ b: 'passed' })])).toBe('no-fail-to-pass')
  })
})

describe('a test may be left out of the command where', () => {
  const evidence = (testOnly: EvalRun, withFix: EvalRun): Evidence => ({
    testOnly: [testOnly],
    withFix: [withFix],
    isExplained: () => false,
  })

  test('it fails with the fix as it did without, and the test patch does not name it', () => {
    const runs = evidence(
      before({ 't.py::a': 'failed', 't.py::net': 'failed' }),
      after({ 't.py::a': 'passed', 't.py::net': 'failed' }),
    )
    expect(prunableTests(runs, ['+def a():'])).toEqual(['t.py::net'])
  })

  test('but never where the test patch wrote it', () => {
    const runs = evidence(before({ 't.py::a': 'failed' }), after({ 't.py::a': 'failed' }))
    expect(prunableTests(runs, ['+def a():'])).toBeNull()
  })

  test('and never where the fix broke it', () => {
    const runs = evidence(before({ x: 'passed', a: 'failed' }), after({ x: 'failed', a: 'passed' }))
    expect(prunableTests(runs, [])).toBeNull()
  })
})
