import type { Attempt } from '../../src/domain/attempt.ts'
import { type GradeOutcome, unresolved } from '../../src/domain/grade.ts'
import type { IterationRecord } from '../../src/domain/iteration-record.ts'
import type { ModelRole } from '../../src/domain/model-call.ts'
import type { Stage } from '../../src/domain/synthesis-event.ts'
import type { Verdict } from '../../src/domain/verdict.ts'
import { insertAttempt, insertRollout, saveAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { putIteration } from '../../src/store/iterations.ts'
import { openCall, settleCall } from '../../src/store/model-calls.ts'
import { addCost } from '../../src/store/results.ts'
import { putGrade, putRollout } from '../../src/store/rollouts.ts'
import { endRun, insertRun } from '../../src/store/runs.ts'
import type { Store } from '../../src/store/store.ts'
import { sha256 } from '../../src/util/sha256.ts'
import { bash, someRollout, submit } from './rollout-values.ts'
import { anAcceptance, anInstance, anIteration, someSettings } from './run-values.ts'

export interface ReportDatabase {
  readonly instances: number
  /** Says something else than usual in ids, repositories, explanations and models. */
  readonly text?: (usual: string) => string
  /** The last instances are still worked on. */
  readonly inProgress?: number
}

const startMs = Date.UTC(2026, 0, 5, 8)
const minuteMs = 60_000

/** What a large run and its rollouts leave in a database, with no work behind it: the same every time. */
export function writeReportDatabase(store: Store, { instances, text = same, inProgress = 0 }: ReportDatabase): void {
  const random = (...of: (string | number)[]) => Number.parseInt(sha256(of.join(' ')).slice(0, 8), 16) / 2 ** 32
  const run = { version: '0.1.0', settings: someSettings, prompts: null }
  store.transaction(() => {
    insertRun(store, { ...run, runId: 'one', startedAtMs: startMs, author: 'auto' })
    let atMs = startMs
    for (let index = 0; index < instances; index += 1) {
      atMs += Math.round(random('gap', index) * 0.8 * minuteMs)
      const isOpen = index >= instances - inProgress
      writeInstance(store, { index, endMs: atMs + 12 * minuteMs, isOpen, random: (name) => random(name, index), text })
    }
    const endMs = atMs + 13 * minuteMs
    if (inProgress > 0) return
    endRun(store, 'one', 'ended', endMs)
    const rolloutsMs = endMs + 50 * 60 * minuteMs
    insertRun(store, { ...run, runId: 'two', startedAtMs: rolloutsMs, author: null })
    writeRollouts(store, rolloutsMs, random, text)
    endRun(store, 'two', 'ended', rolloutsMs + 6 * 60 * minuteMs)
  })
}

const same = (usual: string) => usual

interface Made {
  readonly index: number
  readonly endMs: number
  readonly isOpen: boolean
  readonly random: (name: string) => number
  readonly text: (usual: string) => string
}

const reasons = [
  'tests-pass-without-fix',
  'build-failed',
  'tests-fail-with-fix',
  'flaky-fail-to-pass',
  'leak-git-objects',
] as const

function writeInstance(store: Store, made: Made): void {
  const { index, endMs, isOpen, random, text } = made
  const repo = `owner-${Math.floor(random('repo') ** 2 * 40)}/project`
  const id = text(`${repo.replace('/', '__')}-${index}`)
  putInstance(store, anInstance(id, { repo: text(repo) }), `row ${index}`)
  const attemptId = insertAttempt(store, { instance_id: id, row_digest: `row ${index}`, run_id: 'one', author: 'auto' })
  if (isOpen) {
    const lease = { node: text('n'), generation: 1, grantedAtMs: endMs - 5 * minuteMs }
    saveAttempt(store, attemptId, { state: 'leased', generation: 1, lease, twin: null, faults: [] })
    return
  }
  const iterations = 1 + Math.floor(random('iterations') ** 3 * 5)
  for (let number = 1; number <= iterations; number += 1) {
    putIteration(store, { attempt: attemptId, generation: 1 }, iterationOf(made, number, number === iterations))
    writeStages(store, attemptId, number, random)
    if (number > 1)
      writeCall(store, { attemptId, runId: 'one', atMs: endMs - 3 * minuteMs, role: 'dockerfile', number, ...made })
  }
  saveAttempt(store, attemptId, endOf(made))
}

function iterationOf({ random, text }: Made, number: number, isLast: boolean): IterationRecord {
  const author = number > 2 ? 'model' : 'rules'
  const isAccepted = isLast && random('end') < 0.55
  const kind = isAccepted ? 'accepted' : random(`kind ${number}`) < 0.3 ? 'build-failed' : 'evaluated'
  return { ...anIteration(number), author, result: { kind, explanation: text('it came so far') }, runs: [] }
}

const stageSeconds: readonly (readonly [Stage, number])[] = [
  ['checkout', 2],
  ['explore', 5],
  ['write', 9],
  ['build', 80],
  ['audit', 6],
  ['evaluate', 110],
  ['controls', 40],
  ['analyse', 3],
]

function writeStages(store: Store, attemptId: number, iteration: number, random: Made['random']): void {
  for (const [stage, seconds] of stageSeconds) {
    const duration_ms = 1000 * seconds * (0.3 + 4 * random(`${stage} ${iteration}`) ** 4)
    addCost(store, attemptId, { iteration, stage, duration_ms })
  }
}

function endOf({ endMs, random, text }: Made): Attempt {
  const end = random('end')
  const message = text('no space left on device')
  if (end > 0.97)
    return { state: 'faulted', generation: 1, faults: [{ kind: 'disk-full', message, node: 'n', atMs: endMs }] }
  return { state: 'settled', generation: 1, verdict: verdictOf(end, random, text), settledAtMs: endMs, faults: [] }
}

function verdictOf(end: number, random: Made['random'], text: Made['text']): Verdict {
  if (end < 0.55) return anAcceptance('a').verdict
  if (end > 0.94) return { kind: 'unsolvable', explanation: text('the statement says nothing') }
  const reason = reasons[Math.floor(random('reason') ** 2 * reasons.length)] ?? 'build-failed'
  return { kind: 'rejected', reason, explanation: text('2 of 14 tests failed') }
}

interface Called extends Pick<Made, 'random' | 'text'> {
  readonly attemptId: number
  readonly runId: string
  readonly atMs: number
  readonly role: ModelRole
  /** From 1, of the calls for one attempt. */
  readonly number: number
}

function writeCall(store: Store, { attemptId, runId, atMs, role, number, random, text }: Called): void {
  const call = `${attemptId}/${number}`
  const request = {
    session: call,
    role,
    system: [],
    tools: [],
    toolChoice: 'auto',
    messages: [],
    maxTokens: 1,
  } as const
  const model = text('some-model')
  openCall(store, { call, attemptId, runId, generation: 1, model, request, reservedUsd: 1, startedAtMs: atMs })
  const usage = { input: 9_000, output: 700, cacheWrite: 2_000, cacheRead: 30_000 }
  const spending = { model, usage, costUsd: 0.02 + 0.4 * random(`cost ${number}`) ** 3, tries: 1 }
  settleCall(store, call, { kind: 'answered', ...spending, content: [], stop: 'end' }, 9_000)
}

const tries = 4

function writeRollouts(
  store: Store,
  startedAtMs: number,
  random: (...of: (string | number)[]) => number,
  text: Made['text'],
): void {
  const accepted = store.all<{ instance_id: string; row_digest: string }>(
    "select instance_id, row_digest from attempts where outcome = 'accepted' order by attempt_id limit 300",
  )
  const model = text('some-model')
  for (const [index, { instance_id, row_digest }] of accepted.entries()) {
    for (let number = 1; number <= tries; number += 1) {
      const of = { instance_id, row_digest, run_id: 'two', solver: `bash ${model}`, number }
      const attemptId = insertRollout(store, of)
      const atMs = startedAtMs + Math.round((index + random('late', index, number)) * minuteMs)
      const isResolved = random('solved', index, number) < random('hard', index)
      addCost(store, attemptId, { iteration: 1, stage: 'solve', duration_ms: 90_000 })
      addCost(store, attemptId, { iteration: 2, stage: 'grade', duration_ms: 20_000 })
      writeCall(store, {
        attemptId,
        runId: 'two',
        atMs,
        role: 'solve',
        number: 1,
        random: (name) => random(name, index, number),
        text,
      })
      putRollout(
        store,
        { attempt: attemptId, generation: 1 },
        someRollout([bash('ls'), submit], { instance_id, number, model, durationMs: 90_000 }),
        true,
      )
      const verdict: GradeOutcome = isResolved
        ? { kind: 'resolved' }
        : unresolved('fail-to-pass-fails', text('it fails'))
      putGrade(store, attemptId, { outcome: verdict, isApplied: true, takenBack: [], marks: [], tests: null, runs: [] })
      saveAttempt(store, attemptId, {
        state: 'settled',
        generation: 1,
        verdict,
        settledAtMs: atMs + 2 * minuteMs,
        faults: [],
      })
    }
  }
}
