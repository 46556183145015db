import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Attempt } from '../../src/domain/attempt.ts'
import { insertAttempt, saveAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { putIteration } from '../../src/store/iterations.ts'
import { openCall } from '../../src/store/model-calls.ts'
import { readReportRows } from '../../src/store/report-rows.ts'
import { addCost } from '../../src/store/results.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { anInstance, anIteration, aRejection } from '../support/run-values.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openswe report rows '))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function emptyStore(): Promise<Store> {
  const store = await openStore(join(folder, `${crypto.randomUUID()}.db`), 'write')
  insertRun(store, { runId: 'r', startedAtMs: 1000, version: '1', author: 'auto', settings: {} })
  return store
}

function addAttempt(store: Store, id: string, attempt?: Attempt): number {
  putInstance(store, anInstance(id), 'digest')
  const attemptId = insertAttempt(store, { instance_id: id, row_digest: 'digest', run_id: 'r', author: 'auto' })
  if (attempt !== undefined) saveAttempt(store, attemptId, attempt)
  return attemptId
}

const rejected: Attempt = {
  state: 'settled',
  generation: 1,
  verdict: aRejection('x'.repeat(1000)).verdict,
  settledAtMs: 9000,
  faults: [],
}

test('an instance is told with who wrote last, what its iterations came to, what it took, and the beginning of why', async () => {
  using store = await emptyStore()
  const attemptId = addAttempt(store, 'b', rejected)
  putIteration(store, { attempt: attemptId, generation: 1 }, anIteration(1))
  putIteration(store, { attempt: attemptId, generation: 1 }, { ...anIteration(2), author: 'model' })
  addCost(store, attemptId, { iteration: 1, stage: 'build', duration_ms: 1500 })
  addCost(store, attemptId, { iteration: 2, stage: 'build', duration_ms: 500 })
  const faults = [
    { kind: 'disk-full', message: 'first', node: 'n', atMs: 1 } as const,
    { kind: 'internal', message: 'last', node: 'n', atMs: 2 } as const,
  ]
  addAttempt(store, 'a', { state: 'faulted', generation: 2, faults })
  const [first, second] = readReportRows(store).instances
  expect(first).toMatchObject({
    instance_id: 'a',
    author: 'auto',
    explanation: 'last',
    reason: 'internal',
    endings: [],
  })
  expect(second).toMatchObject({ instance_id: 'b', author: 'model', explanation: 'x'.repeat(400) })
  expect(second).toMatchObject({ iterations: 2, endings: ['evaluated'], duration_ms: 2000, cost_usd: 0 })
})

test('the figures of a stage are durations that occurred, over all attempts', async () => {
  using store = await emptyStore()
  const attemptId = addAttempt(store, 'a')
  for (const ms of [10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    addCost(store, attemptId, { iteration: 1, stage: 'build', duration_ms: ms })
  addCost(store, attemptId, { iteration: 1, stage: 'audit', duration_ms: 40 })
  expect(readReportRows(store).stages).toEqual([
    { stage: 'build', count: 10, total_ms: 55, median_ms: 5, p90_ms: 9, max_ms: 10 },
    { stage: 'audit', count: 1, total_ms: 40, median_ms: 40, p90_ms: 40, max_ms: 40 },
  ])
})

test('an attempt that ended was worked on for what its stages took, and one that is held since it was leased', async () => {
  using store = await emptyStore()
  addCost(store, addAttempt(store, 'a', rejected), { iteration: 1, stage: 'build', duration_ms: 3000 })
  addAttempt(store, 'b', {
    state: 'leased',
    generation: 1,
    lease: { node: 'n', generation: 1, grantedAtMs: 5000 },
    twin: null,
    faults: [],
  })
  addAttempt(store, 'c')
  expect(readReportRows(store).work).toMatchObject([
    { from_ms: 5000, to_ms: null, node: 'n' },
    { from_ms: 6000, to_ms: 9000 },
  ])
})

test('a call that is open counts with what is reserved, in the minute it began, and is a sign of its run', async () => {
  using store = await emptyStore()
  const attemptId = addAttempt(store, 'a', rejected)
  const request = {
    session: 's',
    role: 'analyse',
    system: [],
    tools: [],
    toolChoice: 'auto',
    messages: [],
    maxTokens: 1,
  } as const
  openCall(store, {
    call: 'c',
    attemptId,
    runId: 'r',
    generation: 1,
    model: 'm',
    request,
    reservedUsd: 2,
    startedAtMs: 61_000,
  })
  const { minutes, roles, runs } = readReportRows(store)
  expect(minutes).toEqual([{ minute_ms: 60_000, cost_usd: 2 }])
  expect(roles).toEqual([{ model: 'm', role: 'analyse', calls: 1, input_tokens: 0, output_tokens: 0, cost_usd: 2 }])
  expect(runs).toMatchObject([{ run_id: 'r', attempts: 1, last_ms: 61_000 }])
})

test('a reader leaves no transaction open: what is written after it read is seen next time', async () => {
  using writer = await emptyStore()
  using reader = await openStore(writer.path, 'read')
  expect(readReportRows(reader).instances).toHaveLength(0)
  addAttempt(writer, 'a')
  expect(readReportRows(reader).instances).toHaveLength(1)
})
