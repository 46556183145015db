import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { retryInstance } from '../../src/control/retry-instance.ts'
import { FaultError } from '../../src/domain/fault.ts'
import { attemptsAt, currentAttempt } from '../../src/store/attempts.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { accept, aRollout, resolved, rolloutOnce } from '../support/rollout-once.ts'
import { runOncePolicy as policy, runOnce } from '../support/run-once.ts'
import { anInstance, aRejection } from '../support/run-values.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openswe-retry-'))
  store = await openStore(join(folder, 'a.db'), 'write')
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

test('a rejected instance gets an attempt of its own, and the one before keeps its verdict', async () => {
  const { runId } = await runOnce(store, [anInstance('a__a-1')], async () => aRejection())
  const before = currentAttempt(store, 'a__a-1')?.attempt_id ?? 0
  const retried = retryInstance(store, 'a__a-1', { runId, policy })
  expect(retried).toMatchObject({
    kind: 'queued',
    attempts: [
      { attempt_id: before + 1, repo: 'owner/name', kind: 'synthesis', author: 'rules', attempt: { generation: 0 } },
    ],
  })
  const sql = 'select attempt_id, state, is_current from attempts order by attempt_id'
  expect(store.all(sql)).toEqual([
    { attempt_id: before, state: 'settled', is_current: 0 },
    { attempt_id: before + 1, state: 'queued', is_current: 1 },
  ])
  expect(retryInstance(store, 'a__a-1', { runId, policy })).toEqual({
    kind: 'refused',
    explanation: 'a__a-1 is not over yet: it is queued',
  })
})

test('of rollouts those are made again that were given up after faults, and no other', async () => {
  await accept(store, ['a__a-1'])
  const { runId, snapshot } = await rolloutOnce(store, async (task, channel) => {
    if (task.number !== 2) throw new FaultError('instance-budget-spent', 'no more')
    channel.emit({ type: 'rollout', rollout: aRollout(task) })
    return resolved
  })
  expect(snapshot).toMatchObject({ faulted: 3, resolved: 1 })
  const retried = retryInstance(store, 'a__a-1', { runId, policy })
  expect(retried.kind === 'queued' && retried.attempts.length).toBe(3)
  const tries = attemptsAt(store, runId, 'a__a-1').map(({ attempt }) => [attempt.state, attempt.faults.length])
  expect(tries).toEqual([
    ['queued', 0],
    ['settled', 0],
    ['queued', 0],
    ['queued', 0],
  ])
  expect(retryInstance(store, 'a__a-1', { runId, policy })).toEqual({
    kind: 'refused',
    explanation: 'none of the tries at a__a-1 was given up after faults',
  })
})

test('an instance of another run is not of this one', async () => {
  const { runId } = await runOnce(store, [anInstance('a__a-1')], async () => aRejection())
  await runOnce(store, [anInstance('b__b-1')], async () => aRejection())
  for (const id of ['b__b-1', 'nothing']) {
    expect(retryInstance(store, id, { runId, policy })).toEqual({
      kind: 'refused',
      explanation: `${id} is not an instance of this run`,
    })
  }
})
