import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FaultError } from '../../src/domain/fault.ts'
import type { Instance } from '../../src/domain/instance.ts'
import type { Synthesize } from '../../src/node/workers.ts'
import { currentAttempt } from '../../src/store/attempts.ts'
import { getIterations } from '../../src/store/iterations.ts'
import { getEnvironment, getProof } from '../../src/store/results.ts'
import { openStore } from '../../src/store/store.ts'
import { runOnce } from '../support/run-once.ts'
import { anAcceptance, anInstance, anIteration, aRejection } from '../support/run-values.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openswe-run-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const ids = ['a__a-1', 'b__b-2', 'c__c-3', 'd__d-4', 'e__e-5']
const instances = ids.map((id) => anInstance(id))

test('every instance is worked on once, at most as many at a time as there are slots', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  const worked: string[] = []
  let running = 0
  let most = 0
  const { ending, snapshot } = await runOnce(store, instances, async ({ instance }, _options, { emit }) => {
    running += 1
    most = Math.max(most, running)
    emit({ type: 'stage', stage: 'build', iteration: 1, state: 'started' })
    await Bun.sleep(0)
    emit({ type: 'stage', stage: 'build', iteration: 1, state: 'finished', durationMs: 5 })
    worked.push(instance.instance_id)
    running -= 1
    return instance.instance_id < 'c' ? anAcceptance(instance.instance_id) : aRejection()
  })
  expect(ending).toEqual({ kind: 'finished' })
  expect(worked.toSorted()).toEqual(ids)
  expect(most).toBe(2)
  expect(snapshot).toMatchObject({ total: 5, queued: 0, running: 0, accepted: 2, rejected: 3, settledInRun: 5 })
  expect(snapshot.outcomes).toEqual([
    { outcome: 'rejected', reason: 'tests-pass-without-fix', count: 3 },
    { outcome: 'accepted', reason: null, count: 2 },
  ])
})

test('what was accepted is read back as it was sent, by another process life', async () => {
  const path = join(folder, 'a.db')
  {
    using store = await openStore(path, 'write')
    await runOnce(store, instances.slice(0, 1), async (_task, _options, { emit }) => {
      emit({ type: 'iteration', record: anIteration(1) })
      emit({ type: 'iteration', record: anIteration(2) })
      return anAcceptance('a', 2)
    })
  }
  using store = await openStore(path, 'read')
  const current = currentAttempt(store, 'a__a-1')
  const id = current?.attempt_id ?? 0
  const { verdict, environment, proof } = anAcceptance('a', 2)
  expect(current?.attempt).toMatchObject({ state: 'settled', verdict })
  expect(getEnvironment(store, id)).toEqual(environment)
  expect(getProof(store, id)).toEqual(proof)
  expect(getIterations(store, id)).toEqual([anIteration(1), anIteration(2)])
})

test('the same command again does nothing, and --retry chooses what is done again', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  const worked: string[] = []
  const synthesize: Synthesize = async ({ instance }) => {
    worked.push(instance.instance_id)
    return instance.instance_id === 'a__a-1' ? anAcceptance('a') : aRejection()
  }
  await runOnce(store, instances, synthesize)
  worked.length = 0
  const again = await runOnce(store, instances, synthesize)
  expect(worked).toEqual([])
  expect(again.intake.skipped).toEqual({ accepted: 1, rejected: 4, unsolvable: 0, faulted: 0 })
  expect(again.snapshot).toMatchObject({ total: 5, accepted: 1, rejected: 4, settledInRun: 0 })
  const retried = await runOnce(store, instances, synthesize, { retry: ['rejected'], only: ['b__b-2', 'a__a-1', 'z'] })
  expect(worked).toEqual(['b__b-2'])
  expect(retried.intake).toMatchObject({ instances: 2, retried: 1, missing: ['z'] })
})

test('a row whose content changed is a new one, also after it was accepted', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  await runOnce(store, instances, async ({ instance }) => anAcceptance(instance.instance_id))
  const seen: string[] = []
  const changed = [anInstance('a__a-1', { patch: 'another' }), ...instances.slice(1)]
  const { intake } = await runOnce(store, changed, async ({ instance }) => {
    seen.push(instance.patch)
    return aRejection()
  })
  expect(seen).toEqual(['another'])
  expect(intake).toMatchObject({ changed: 1, skipped: { accepted: 4 } })
})

test('the order of a row’s fields does not make it another row', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  await runOnce(store, instances.slice(0, 1), async () => aRejection())
  const reordered = Object.fromEntries(Object.entries(anInstance('a__a-1')).toReversed()) as unknown as Instance
  const { intake } = await runOnce(store, [reordered], async () => aRejection())
  expect(intake).toMatchObject({ changed: 0, skipped: { rejected: 1 } })
})

test('a stopped run gives back what runs, and the next one goes on after the finished iterations', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  const stop = new AbortController()
  const first = await runOnce(
    store,
    instances,
    async (_task, _options, { emit }, signal) => {
      emit({ type: 'stage', stage: 'build', iteration: 1, state: 'started' })
      emit({ type: 'iteration', record: anIteration(1) })
      stop.abort()
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      throw new Error('not reached')
    },
    { signal: stop.signal, slots: 2 },
  )
  expect(first.ending).toEqual({ kind: 'stopped' })
  expect(first.snapshot).toMatchObject({ total: 5, queued: 5, running: 0, faulted: 0 })
  const resumed = new Map<string, number>()
  const second = await runOnce(store, instances, async ({ instance, resume }) => {
    expect(resume).toEqual(resume.length === 0 ? [] : [anIteration(1)])
    resumed.set(instance.instance_id, resume.length)
    return anAcceptance(instance.instance_id, resume.length + 1)
  })
  expect(second.intake).toMatchObject({ continued: 5, added: 0 })
  expect(Object.fromEntries(resumed)).toEqual({ 'a__a-1': 1, 'b__b-2': 1, 'c__c-3': 0, 'd__d-4': 0, 'e__e-5': 0 })
  expect(second.snapshot.accepted).toBe(5)
})

test('iterations of one author are not handed to another', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  const stop = new AbortController()
  await runOnce(
    store,
    instances.slice(0, 1),
    async (_task, _options, { emit }) => {
      emit({ type: 'iteration', record: anIteration(1) })
      stop.abort()
      throw new Error('aborted')
    },
    { signal: stop.signal },
  )
  await runOnce(
    store,
    instances.slice(0, 1),
    async ({ author, resume }) => {
      expect({ author, resume }).toEqual({ author: 'model', resume: [] })
      return aRejection()
    },
    { author: 'model' },
  )
  expect(currentAttempt(store, 'a__a-1')?.attempt.state).toBe('settled')
})

test('a fault is tried again up to its bound, is never a verdict, and a later run takes it up again', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  let tries = 0
  const faulty: Synthesize = async ({ instance }) => {
    if (instance.instance_id !== 'b__b-2') return aRejection()
    tries += 1
    throw new FaultError('base-image-missing', 'no openswe-python-3.9')
  }
  const first = await runOnce(store, instances, faulty)
  expect(tries).toBe(3)
  expect(first.ending).toEqual({ kind: 'finished' })
  expect(first.snapshot).toMatchObject({ rejected: 4, faulted: 1, queued: 0 })
  expect(currentAttempt(store, 'b__b-2')?.attempt.faults.map((note) => note.message)).toEqual(
    Array(3).fill('no openswe-python-3.9'),
  )
  const second = await runOnce(store, instances, async () => anAcceptance('b'))
  expect(second.intake).toMatchObject({ retried: 1 })
  expect(second.snapshot).toMatchObject({ accepted: 1, rejected: 4, faulted: 0 })
})

test('an instance whose budget is spent is left at once, and the next run goes on after its finished iterations', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  let leases = 0
  const first = await runOnce(store, instances.slice(0, 1), async (_task, _options, { emit }) => {
    leases += 1
    emit({ type: 'iteration', record: anIteration(1) })
    throw new FaultError('instance-budget-spent', '$1.00 of $1.00 are spent')
  })
  expect({ leases, ending: first.ending }).toEqual({ leases: 1, ending: { kind: 'finished' } })
  expect(first.snapshot).toMatchObject({ faulted: 1, queued: 0 })
  const other = await runOnce(store, instances.slice(0, 1), async () => aRejection(), { retry: [] })
  expect(other.intake.skipped.faulted).toBe(1)
  const second = await runOnce(store, instances.slice(0, 1), async ({ resume }) => {
    expect(resume).toEqual([anIteration(1)])
    return anAcceptance('a', 2)
  })
  expect(second.intake).toMatchObject({ retried: 1 })
  expect(second.snapshot).toMatchObject({ accepted: 1, faulted: 0 })
})

test('a budget that is spent ends the run: what ran and what waited stays queued', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  const { ending, snapshot } = await runOnce(store, instances, async ({ instance }, _options, _channel, signal) => {
    if (instance.instance_id === 'b__b-2') throw new FaultError('budget-spent', '$5.00 of $5.00 are spent')
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    return aRejection()
  })
  expect(ending).toEqual({ kind: 'halted', fault: { kind: 'budget-spent', message: '$5.00 of $5.00 are spent' } })
  expect(snapshot).toMatchObject({ total: 5, queued: 5, faulted: 0 })
})

test('an error nobody expected is a fault with its trace, and the other instances go on', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  const { snapshot } = await runOnce(store, instances, async ({ instance }) => {
    if (instance.instance_id === 'a__a-1') throw new TypeError('x is not a function', { cause: new Error('why') })
    return aRejection()
  })
  expect(snapshot).toMatchObject({ rejected: 4, faulted: 1 })
  const [fault] = currentAttempt(store, 'a__a-1')?.attempt.faults ?? []
  expect(fault?.kind).toBe('internal')
  expect(fault?.message).toContain('TypeError: x is not a function')
  expect(fault?.message).toContain('run.test.ts')
  expect(fault?.message).toEndWith('(why)')
})

test('limit takes the first rows of a file and leaves the rest alone', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  const { snapshot, intake } = await runOnce(store, instances, async () => aRejection(), { limit: 2 })
  expect(intake.instances).toBe(2)
  expect(snapshot.total).toBe(2)
  expect(currentAttempt(store, 'c__c-3')).toBeUndefined()
})

test('a run over no instance ends at once', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  expect((await runOnce(store, [], async () => aRejection())).ending).toEqual({ kind: 'finished' })
})
