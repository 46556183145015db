import type { FaultNote } from '../domain/attempt.ts'
import type { RunPurpose } from '../domain/eval-run.ts'
import type { IterationOutcome, IterationRecord } from '../domain/iteration-record.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import type { TestOutcome } from '../domain/test-report.ts'
import { type AttemptLine, getAttemptLine } from '../store/attempt-lines.ts'
import { getAttempt, type StoredAttempt } from '../store/attempts.ts'
import { getIterations } from '../store/iterations.ts'
import { getEnvironment, stagesOfAttempt } from '../store/results.ts'
import { hasLeftRollout } from '../store/rollouts.ts'
import { hasCalls } from '../store/sessions.ts'
import type { Store } from '../store/store.ts'

/** A test of the last iteration that ran any, under each of the two patches. */
export interface TestLine {
  readonly name: string
  /** Under the test patch alone; null where its run says nothing of it. */
  readonly before: TestOutcome | null
  /** Under the gold patch. */
  readonly after: TestOutcome | null
  readonly list: 'FAIL_TO_PASS' | 'PASS_TO_PASS' | 'flaky' | null
}

export interface StageLine {
  readonly iteration: number
  readonly stage: Stage
  /** Null while it goes on. */
  readonly durationMs: number | null
}

export interface IterationLine extends IterationOutcome {
  readonly number: number
  readonly author: string
  readonly durationMs: number
}

/** The texts that an attempt leaves, in the order they are shown in. */
export const documentKinds = ['build log', 'test output', 'Dockerfile', 'eval script', 'transcript', 'patch'] as const

export type DocumentKind = (typeof documentKinds)[number]

/** What people are shown of one attempt. */
export interface AttemptDetail {
  readonly line: AttemptLine
  /** What its verdict says in words, or its last fault; null where it has neither. */
  readonly explanation: string | null
  readonly faults: readonly FaultNote[]
  /** In the order they were done. */
  readonly stages: readonly StageLine[]
  readonly iterations: readonly IterationLine[]
  readonly tests: readonly TestLine[]
  /** Those that are there. */
  readonly documents: readonly DocumentKind[]
}

/** Null where there is no such attempt. Reads reports of tests: not for every frame. */
export function takeDetail(store: Store, attemptId: number): AttemptDetail | null {
  const [line, stored] = [getAttemptLine(store, attemptId), getAttempt(store, attemptId)]
  if (line === undefined || stored === undefined) return null
  const iterations = getIterations(store, attemptId)
  return {
    line,
    explanation: explanationOf(stored),
    faults: stored.attempt.faults,
    stages: [...stagesOfAttempt(store, attemptId), ...currentStage(line)],
    iterations: iterations.map(({ number, author, result, durationMs }) => ({ number, author, ...result, durationMs })),
    tests: testLines(stored, iterations),
    documents: documentsOf(store, stored, iterations),
  }
}

function documentsOf(
  store: Store,
  { kind, attempt_id }: StoredAttempt,
  iterations: readonly IterationRecord[],
): readonly DocumentKind[] {
  const isBuilt = iterations.length > 0
  const hasRollout = kind === 'rollout' && hasLeftRollout(store, attempt_id)
  const there: Readonly<Record<DocumentKind, boolean>> = {
    'build log': isBuilt,
    'test output': iterations.some(({ runs }) => runs.length > 0),
    Dockerfile: isBuilt,
    'eval script': getEnvironment(store, attempt_id) !== undefined,
    transcript: hasRollout || hasCalls(store, attempt_id),
    patch: hasRollout,
  }
  return documentKinds.filter((name) => there[name])
}

function explanationOf({ attempt }: StoredAttempt): string | null {
  if (attempt.state !== 'settled') return attempt.faults.at(-1)?.message ?? null
  return 'explanation' in attempt.verdict ? attempt.verdict.explanation : null
}

function currentStage({ state, stage, iteration }: AttemptLine): StageLine[] {
  return state === 'running' && stage !== null ? [{ iteration: iteration ?? 0, stage, durationMs: null }] : []
}

function testLines(stored: StoredAttempt, iterations: readonly IterationRecord[]): TestLine[] {
  const runs = iterations.findLast((iteration) => iteration.runs.some(({ report }) => report !== null))?.runs ?? []
  const outcomesUnder = (purpose: RunPurpose) =>
    runs.find((run) => run.purpose === purpose && run.report !== null)?.report?.outcomes ?? {}
  const [before, after] = [outcomesUnder('test-only'), outcomesUnder('with-fix')]
  const listOf = listsOf(stored)
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].map((name) => ({
    name,
    before: before[name] ?? null,
    after: after[name] ?? null,
    list: listOf.get(name) ?? null,
  }))
}

function listsOf({ attempt }: StoredAttempt): ReadonlyMap<string, NonNullable<TestLine['list']>> {
  if (attempt.state !== 'settled' || attempt.verdict.kind !== 'accepted') return new Map()
  const { FAIL_TO_PASS, PASS_TO_PASS, flakyTests } = attempt.verdict
  return new Map([
    ...PASS_TO_PASS.map((name) => [name, 'PASS_TO_PASS'] as const),
    ...FAIL_TO_PASS.map((name) => [name, 'FAIL_TO_PASS'] as const),
    ...flakyTests.map((name) => [name, 'flaky'] as const),
  ])
}
