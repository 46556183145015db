import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyEvent } from '../../src/control/apply-event.ts'
import { storeLedger } from '../../src/control/store-ledger.ts'
import type { Instance } from '../../src/domain/instance.ts'
import type { IterationRecord } from '../../src/domain/iteration-record.ts'
import { type NodeReport, protocolVersion } from '../../src/domain/message.ts'
import type { SynthesisResult } from '../../src/domain/synthesis-event.ts'
import { insertAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { referencesFor } from '../../src/store/references.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { grantNext } from '../support/grant-next.ts'
import { anAcceptance, anInstance, anIteration, aRejection, somePlan, someSettings } from '../support/run-values.ts'

const policy = { maxFaults: 3, waitsMs: [1000] }

let folder: string
let store: Store
let sequence = 0
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openswe-references-'))
  store = await openStore(join(folder, 'a.db'), 'write')
  insertRun(store, { runId: 'r1', startedAtMs: 0, version: 'test', author: 'rules', settings: someSettings })
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

function queue(instance: Instance): void {
  putInstance(store, instance, 'digest')
  insertAttempt(store, { instance_id: instance.instance_id, row_digest: 'digest', author: 'rules', run_id: 'r1' })
}

/** The next queued attempt's lease, which the node then reports these results for. */
function settle(result: SynthesisResult, iterations: readonly IterationRecord[] = [anIteration(1)]) {
  const lease = grantNext(store, { runId: 'r1', node: 'n1', plan: somePlan, policy }, 50)
  const held = { attempt: lease?.attempt ?? 0, generation: lease?.generation ?? 0 }
  const reports: NodeReport[] = [
    ...iterations.map((record) => ({ ...held, type: 'iteration', record }) as const),
    { ...held, type: 'settled', result },
  ]
  const ledger = storeLedger(store, { runId: 'r1', plan: somePlan, policy })
  for (const report of reports) {
    sequence += 1
    applyEvent(ledger, { ...report, version: protocolVersion, node: 'n1', boot: 'b1', sequence, atMs: 100 }, policy)
  }
  return lease?.task.kind === 'synthesis' ? lease.task : undefined
}

const own = anInstance('a__a-9', { version: '1.2', created_at: '2021-06-01T00:00:00Z' })

function idsFor(instance: Instance = own): string[] {
  return referencesFor(store, instance).map(({ instance_id }) => instance_id)
}

test('an accepted environment is offered as validated, with who wrote it and under which advice', () => {
  queue(anInstance('a__a-1', { version: '1.0', created_at: '2020-01-01T00:00:00Z' }))
  const guidance = [{ role: 'dockerfile', key: 'k', text: 'add six', repair: { kind: 'require' } }] as const
  const accepted = {
    ...anIteration(2),
    author: 'model',
    guidance,
    result: { kind: 'accepted', explanation: '' },
  } as const
  settle(anAcceptance('a', 2), [anIteration(1), accepted])
  expect(referencesFor(store, own)).toEqual([
    {
      instance_id: 'a__a-1',
      version: '1.0',
      created_at: '2020-01-01T00:00:00Z',
      author: 'model',
      dockerfile: 'FROM openswe-python-3.9\nCOPY repo /testbed\n',
      testCommand: { runner: 'pytest', argv: ['pytest', 'tests/test_x.py'] },
      guidance,
    },
  ])
})

test('a lease brings the references that there are when it is granted', () => {
  for (const id of ['a__a-1', 'a__a-2', 'a__a-3']) queue(anInstance(id))
  expect(settle(anAcceptance('1'))?.references).toEqual([])
  expect(settle(aRejection())?.references.map(({ instance_id }) => instance_id)).toEqual(['a__a-1'])
  expect(settle(anAcceptance('3'))?.references.map(({ instance_id }) => instance_id)).toEqual(['a__a-1'])
})

test('only what is accepted now counts, of the same repository, and never the instance itself', () => {
  const { version: _, ...undated } = anInstance('a__a-6')
  for (const instance of [own, anInstance('a__a-2'), anInstance('b__b-3', { repo: 'owner/other' }), undated]) {
    queue(instance)
  }
  settle(anAcceptance('9'))
  settle({ ...anAcceptance('2'), ...aRejection() })
  settle(anAcceptance('3'))
  settle(anAcceptance('6'))
  expect(idsFor()).toEqual(['a__a-6'])
  expect(referencesFor(store, own)[0]).toMatchObject({ version: null, created_at: null })
  queue(undated)
  expect(idsFor()).toEqual([])
})

test('at most three are offered, the nearest in version and then in date', () => {
  const rows = [
    anInstance('a__a-1', { version: '1.0', created_at: '2021-06-01T00:00:00Z' }),
    anInstance('a__a-2', { version: '1.2', created_at: '2019-06-01T00:00:00Z' }),
    anInstance('a__a-3', { version: '3.0', created_at: '2021-06-01T00:00:00Z' }),
    anInstance('a__a-4', { version: '1.2', created_at: '2021-05-01T00:00:00Z' }),
  ]
  for (const row of rows) queue(row)
  for (const row of rows) settle(anAcceptance(row.instance_id))
  expect(idsFor()).toEqual(['a__a-4', 'a__a-2', 'a__a-1'])
})

test('what is very long is passed over for the next nearest', () => {
  const long = 'x'.repeat(70_000)
  const accepted = anAcceptance('1')
  const environment = accepted.environment
  if (environment === undefined) throw new Error('an acceptance has an environment')
  for (const n of [1, 2, 3, 4]) queue(anInstance(`a__a-${n}`))
  settle({ ...accepted, environment: { ...environment, dockerfile: `${environment.dockerfile}# ${long}\n` } })
  settle({ ...accepted, environment: { ...environment, testCommand: { runner: 'pytest', argv: ['pytest', long] } } })
  settle(accepted, [{ ...anIteration(1), guidance: [{ role: 'dockerfile', key: 'k', text: long }] }])
  settle(accepted)
  expect(idsFor()).toEqual(['a__a-4'])
})

test('a repository is found by its index, however many instances there are', () => {
  const plan = store.all<{ detail: string }>(
    `explain query plan select attempt_id from instances join attempts using (instance_id)
     where repo = 'owner/name' and is_current = 1 and outcome = 'accepted'`,
  )
  expect(plan.map(({ detail }) => detail)).toEqual([
    'SEARCH instances USING INDEX instances_of_repo (repo=?)',
    'SEARCH attempts USING INDEX current_attempts (instance_id=?)',
  ])
})

test('a row that is read again changes the version and the date that count', () => {
  queue(anInstance('a__a-1', { version: '7.0' }))
  putInstance(store, anInstance('a__a-1', { version: '8.0', created_at: '2022-01-01T00:00:00Z' }), 'other')
  settle(anAcceptance('1'))
  expect(referencesFor(store, own)[0]).toMatchObject({ version: '8.0', created_at: '2022-01-01T00:00:00Z' })
})
