import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelGateway } from '../../src/control/model-gateway.ts'
import { takeSnapshot } from '../../src/control/snapshot.ts'
import { FaultError } from '../../src/domain/fault.ts'
import type { RollOut } from '../../src/node/workers.ts'
import { currentRollouts } from '../../src/store/attempts.ts'
import { getRollout, gradedRollouts, solverTries } from '../../src/store/rollouts.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { serveMessages } from '../support/messages-api.ts'
import { conversation, pricedClient, pricedReply, replyUsd, reservedUsd } from '../support/priced-model.ts'
import { accept, aRollout, gradedAs, resolved, rolloutOnce, unresolved } from '../support/rollout-once.ts'
import { runOnce } from '../support/run-once.ts'
import { anAcceptance, anInstance, aRejection } from '../support/run-values.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openswe-rollouts-'))
  path = join(folder, 'a.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const solver = 'bash scripted'

/** By try: what each ended as, or its state. */
function standOf(store: Store, id: string, by = solver): string[] {
  return currentRollouts(store, id, by).map(({ attempt }) =>
    attempt.state === 'settled' ? attempt.verdict.kind : attempt.state,
  )
}

test('each accepted instance gets its tries, the first of all before the second of any', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1', 'b__b-2'])
  await runOnce(store, [anInstance('c__c-3')], async () => aRejection())
  const seen: string[] = []
  const { intake, ending, snapshot } = await rolloutOnce(store, gradedAs({ 'a__a-1': '+-', 'b__b-2': '--' }, seen), {
    tries: 2,
  })
  expect(seen).toEqual(['a__a-1#1', 'b__b-2#1', 'a__a-1#2', 'b__b-2#2'])
  expect(intake).toMatchObject({ instances: 2, added: 4, missing: [] })
  expect(ending).toEqual({ kind: 'finished' })
  expect(snapshot).toMatchObject({ kind: 'rollout', total: 4, resolved: 1, unresolved: 3, accepted: 0, queued: 0 })
  expect(snapshot.outcomes).toEqual([
    { outcome: 'unresolved', reason: 'fail-to-pass-fails', count: 3 },
    { outcome: 'resolved', reason: null, count: 1 },
  ])
})

test('a rollout and its grade are read back as they were sent, by another process life', async () => {
  {
    using store = await openStore(path, 'write')
    await accept(store, ['a__a-1'])
    await rolloutOnce(store, gradedAs({ 'a__a-1': '+-' }), { tries: 2 })
  }
  using store = await openStore(path, 'read')
  const task = { instance: anInstance('a__a-1') }
  const { runs: _runs, ...grade } = resolved
  const { runs: _others, ...otherGrade } = unresolved
  expect(gradedRollouts(store, 'a__a-1', solver)).toEqual([
    { rollout: aRollout({ ...task, number: 1 }), grade },
    { rollout: aRollout({ ...task, number: 2 }), grade: otherGrade },
  ])
  expect(solverTries(store)).toEqual([
    { instance_id: 'a__a-1', solver, tried: 2, resolved: 1, open: 0, spared: 0, cost_usd: 0 },
  ])
})

test('where grading fails, the solver is not asked again: what it left is graded', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1'])
  const leases: boolean[] = []
  const { snapshot } = await rolloutOnce(
    store,
    async (task, { emit }) => {
      leases.push(task.resume !== null)
      if (task.resume === null) {
        emit({ type: 'rollout', rollout: aRollout(task) })
        throw new FaultError('engine-failed', 'the container of the tests could not be made')
      }
      expect(task.resume).toEqual(aRollout(task))
      return resolved
    },
    { tries: 1 },
  )
  expect(leases).toEqual([false, true])
  expect(snapshot).toMatchObject({ resolved: 1, faulted: 0 })
})

test('grading that fails again and again leaves the rollout ungraded, and a later run grades it', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1'])
  let solved = 0
  const solve: RollOut = async (task, { emit }) => {
    if (task.resume === null) {
      solved += 1
      emit({ type: 'rollout', rollout: aRollout(task) })
    }
    throw new FaultError('repository-unreachable', 'no repository')
  }
  const first = await rolloutOnce(store, solve, { tries: 1 })
  expect(first.snapshot).toMatchObject({ faulted: 1, resolved: 0, unresolved: 0 })
  const attempt = currentRollouts(store, 'a__a-1', solver)[0]?.attempt_id ?? 0
  expect(getRollout(store, attempt)?.grade).toBeNull()
  expect(gradedRollouts(store, 'a__a-1', solver)).toEqual([])
  expect((await rolloutOnce(store, solve, { tries: 1, retry: [] })).intake.skipped.faulted).toBe(1)
  const later = await rolloutOnce(store, gradedAs({ 'a__a-1': '+' }), { tries: 1 })
  expect(later.intake).toMatchObject({ retried: 1, added: 0 })
  expect(later.snapshot).toMatchObject({ resolved: 1, faulted: 0 })
  expect(solved).toBe(1)
})

test('an instance that cannot fall into the band any more gets no further tries, the others do', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1', 'b__b-2', 'c__c-3'])
  const seen: string[] = []
  const grades = gradedAs({ 'a__a-1': '++++', 'b__b-2': '+-+-', 'c__c-3': '----' }, seen)
  const { snapshot } = await rolloutOnce(store, grades, { keep: '1-2/4' })
  expect(standOf(store, 'a__a-1')).toEqual(['resolved', 'resolved', 'resolved', 'spared'])
  expect(standOf(store, 'b__b-2')).toEqual(['resolved', 'unresolved', 'resolved', 'unresolved'])
  expect(standOf(store, 'c__c-3')).toEqual(Array(4).fill('unresolved'))
  expect(seen).toHaveLength(11)
  expect(snapshot).toMatchObject({ total: 12, spared: 1, queued: 0, resolved: 5, unresolved: 6 })
  const again = await rolloutOnce(store, grades, { keep: '1-2/4' })
  expect(again.intake).toMatchObject({ added: 0, spared: 1 })
  expect(again.intake.skipped).toEqual({ resolved: 5, unresolved: 6, faulted: 0 })
})

test('what was spared is made once a wider band wants it', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1'])
  const grades = gradedAs({ 'a__a-1': '++++++' })
  await rolloutOnce(store, grades, { keep: '1/4' })
  expect(standOf(store, 'a__a-1')).toEqual(['resolved', 'resolved', 'spared', 'spared'])
  expect((await rolloutOnce(store, grades, { keep: '1/4', tries: 6 })).intake).toMatchObject({ added: 0, spared: 4 })
  expect((await rolloutOnce(store, grades)).intake).toMatchObject({ added: 2, spared: 0 })
  expect(standOf(store, 'a__a-1')).toEqual(Array(4).fill('resolved'))
})

test('more tries are added to those that there are, and those of another solver are its own', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1'])
  const seen: string[] = []
  await rolloutOnce(store, gradedAs({ 'a__a-1': '+' }, seen), { tries: 2 })
  const more = await rolloutOnce(store, gradedAs({}, seen), { tries: 3 })
  expect(more.intake).toMatchObject({ added: 1, skipped: { resolved: 1, unresolved: 1, faulted: 0 } })
  const other = await rolloutOnce(store, gradedAs({}, seen), { tries: 1, solver: 'editor scripted' })
  expect(other.intake).toMatchObject({ added: 1 })
  expect(seen).toEqual(['a__a-1#1', 'a__a-1#2', 'a__a-1#3', 'a__a-1#1'])
  expect(solverTries(store).map((row) => [row.solver, row.resolved, row.tried])).toEqual([
    ['bash scripted', 1, 3],
    ['editor scripted', 0, 1],
  ])
  expect(solverTries(store, other.runId)).toHaveLength(1)
})

test('--retry makes again what ended so, and keeps the rest', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1'])
  await rolloutOnce(store, gradedAs({ 'a__a-1': '+-' }), { tries: 2 })
  const { intake } = await rolloutOnce(store, gradedAs({ 'a__a-1': '++' }), { tries: 2, retry: ['unresolved'] })
  expect(intake).toMatchObject({ retried: 1, skipped: { resolved: 1 } })
  expect(standOf(store, 'a__a-1')).toEqual(['resolved', 'resolved'])
})

test('an instance whose row changed has no rollouts yet', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1'])
  await rolloutOnce(store, gradedAs({ 'a__a-1': '+' }), { tries: 1 })
  const changed = [anInstance('a__a-1', { patch: 'another' })]
  await runOnce(store, changed, async () => aRejection())
  expect((await rolloutOnce(store, gradedAs({}), { tries: 1 })).intake.instances).toBe(0)
  expect(solverTries(store)).toEqual([])
  await runOnce(store, changed, async () => anAcceptance('a'), { retry: ['rejected'] })
  const { intake } = await rolloutOnce(store, gradedAs({}), { tries: 2 })
  expect(intake).toMatchObject({ changed: 1, added: 1, skipped: { resolved: 0 } })
  expect(standOf(store, 'a__a-1')).toEqual(['unresolved', 'unresolved'])
})

test('a stopped run gives back what runs, and the next one makes what is missing', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1', 'b__b-2'])
  const stop = new AbortController()
  const first = await rolloutOnce(
    store,
    async (task, { emit }, signal) => {
      emit({ type: 'stage', stage: 'solve', iteration: 3, state: 'started' })
      if (task.instance.instance_id === 'a__a-1') {
        emit({ type: 'rollout', rollout: aRollout(task) })
        return resolved
      }
      stop.abort()
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      throw new Error('not reached')
    },
    { tries: 1, signal: stop.signal },
  )
  expect(first.ending).toEqual({ kind: 'stopped' })
  expect(first.snapshot).toMatchObject({ resolved: 1, queued: 1, running: 0 })
  const seen: string[] = []
  const second = await rolloutOnce(store, gradedAs({}, seen), { tries: 1 })
  expect(second.intake).toMatchObject({ continued: 1, skipped: { resolved: 1 } })
  expect(seen).toEqual(['b__b-2#1'])
})

test('ids that are not accepted are named, and limit takes the first', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1', 'b__b-2'])
  const { intake } = await rolloutOnce(store, gradedAs({}), { only: ['b__b-2', 'z__z-9'], tries: 1 })
  expect(intake).toMatchObject({ instances: 1, missing: ['z__z-9'] })
  expect((await rolloutOnce(store, gradedAs({}), { limit: 1, tries: 1 })).intake.instances).toBe(1)
})

/** Asks once, and leaves what cannot be used. */
const asksOnce: RollOut = async (task, { emit, ask }) => {
  const answer = await ask({ ...conversation(`solve/${task.number}`, 'Begin.'), role: 'solve' })
  if (answer.kind === 'faulted') throw new FaultError(answer.fault.kind, answer.fault.message)
  emit({ type: 'rollout', rollout: aRollout(task) })
  return unresolved
}

function gatewayTo(url: string, store: Store, runId: string, instanceUsd: number | null): ModelGateway {
  const budget = { runUsd: null, instanceUsd }
  const signal = new AbortController().signal
  return new ModelGateway({ store, runId, client: pricedClient(url), budget, signal, nowMs: Date.now })
}

test('the budget of an instance is that of all its tries together', async () => {
  using store = await openStore(path, 'write')
  await using api = await serveMessages(() => pricedReply())
  await accept(store, ['a__a-1', 'b__b-2'])
  // For two answers, while the next one is reserved.
  const gatewayOf = (runId: string) => gatewayTo(api.url, store, runId, replyUsd + reservedUsd)
  const { snapshot } = await rolloutOnce(store, asksOnce, { tries: 3, gatewayOf })
  expect(standOf(store, 'a__a-1')).toEqual(['unresolved', 'unresolved', 'faulted'])
  expect(standOf(store, 'b__b-2')).toEqual(['unresolved', 'unresolved', 'faulted'])
  expect(snapshot.spentUsd).toBeCloseTo(4 * replyUsd)
  expect(solverTries(store).map((row) => row.cost_usd / replyUsd)).toEqual([2, 2])
})

test('what is shown as spent leaves out calls that go on, so that it never falls', async () => {
  using store = await openStore(path, 'write')
  await accept(store, ['a__a-1'])
  const shown: (number | null)[] = []
  let runId = ''
  await using api = await serveMessages(() => {
    shown.push((takeSnapshot(store, runId, 0, 1).spentUsd ?? -1) / replyUsd)
    return pricedReply()
  })
  const gatewayOf = (id: string) => {
    runId = id
    return gatewayTo(api.url, store, id, null)
  }
  await rolloutOnce(store, asksOnce, { tries: 3, gatewayOf })
  expect(shown).toEqual([0, 1, 2])
})
