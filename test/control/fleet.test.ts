import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fleet } from '../../src/control/fleet.ts'
import { storeLedger } from '../../src/control/store-ledger.ts'
import { defaultFaultPolicy as policy } from '../../src/domain/attempt.ts'
import { protocolVersion as version } from '../../src/domain/message.ts'
import { protocolTimes } from '../../src/domain/protocol-times.ts'
import { insertAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore } from '../../src/store/store.ts'
import { anInstance, somePlan, someSettings, someSetup } from '../support/run-values.ts'

test('a process that was stopped for longer than a lease has lost no node by that', async () => {
  using stack = new DisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'openswe-fleet-'))
  stack.defer(() => rmSync(folder, { recursive: true }))
  const store = stack.use(await openStore(join(folder, 'a.db'), 'write'))
  insertRun(store, { runId: 'r1', startedAtMs: 0, version: 'test', author: 'rules', settings: someSettings })
  putInstance(store, anInstance('a__a-1'), 'digest')
  insertAttempt(store, { instance_id: 'a__a-1', row_digest: 'digest', author: 'rules', run_id: 'r1' })
  const clock = { nowMs: 0, isRead: () => {} }
  const fleet = stack.use(
    new Fleet({
      ledger: storeLedger(store, { runId: 'r1', plan: somePlan, policy }),
      runId: 'r1',
      epoch: 1,
      policy,
      times: protocolTimes,
      nodes: ['n1'],
      setupOf: () => ({ ...someSetup, slots: null }),
      onEvent: () => {},
      onLost: () => {},
      answer: () => Promise.reject(new Error('no model')),
      bundle: () => Promise.reject(new Error('no repository')),
      nowMs: () => {
        clock.isRead()
        return clock.nowMs
      },
    }),
  )
  const connection = fleet.connected('n1', { send: () => {}, close: () => {} })
  const pulse = { version, type: 'hello', node: 'n1', boot: 'b1', slots: 1, room: 1, held: [], facts: null } as const
  fleet.receive('n1', connection, pulse)
  const ticks = Promise.withResolvers<void>()
  clock.nowMs = 3_600_000
  clock.isRead = ticks.resolve
  await ticks.promise
  await Bun.sleep(0)
  expect(store.all('select state, faults from attempts')).toEqual([{ state: 'leased', faults: '[]' }])
})
