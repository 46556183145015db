import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Control, type ControlEffect } from '../../src/control/control.ts'
import { storeLedger } from '../../src/control/store-ledger.ts'
import type { HeldLease } from '../../src/domain/lease.ts'
import { type NodeReport, protocolVersion } from '../../src/domain/message.ts'
import { protocolTimes } from '../../src/domain/protocol-times.ts'
import { insertAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { anInstance, aRejection, somePlan, someSettings, someSetup } from '../support/run-values.ts'

const version = protocolVersion
const policy = { maxFaults: 3, waitsMs: [0] }

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openswe-asked-'))
  store = await openStore(join(folder, 'a.db'), 'write')
  begin('r1')
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

function begin(runId: string): void {
  insertRun(store, { runId, startedAtMs: 0, version: 'test', author: 'rules', settings: someSettings })
}

function queue(count: number): void {
  for (let n = 0; n < count; n += 1) {
    putInstance(store, anInstance(`a__a-${n}`), 'digest')
    insertAttempt(store, { instance_id: `a__a-${n}`, row_digest: 'digest', author: 'rules', run_id: 'r1' })
  }
}

/** One life of control over the same books, with nodes that the test plays. */
function aLife(runId = 'r1', ahead = 0) {
  const control = new Control({
    ledger: storeLedger(store, { runId, plan: somePlan, policy }),
    runId,
    epoch: 1,
    policy,
    times: protocolTimes,
    nodes: ['n1', 'n2'],
    setupOf: () => ({ ...someSetup, slots: 2, ahead }),
    nowMs: 0,
  })
  const hello = (node: string, held: readonly HeldLease[] = []) => {
    const welcome = control.connected(node, 1, 0)
    const pulse = { version, type: 'hello', node, boot: 'b1', slots: 2, room: 2, held, facts: null } as const
    return said([...welcome, ...control.receive(node, 1, pulse, 0)])
  }
  return { control, hello }
}

/** What orders say of what was asked. */
function said(effects: readonly ControlEffect[]): readonly string[] {
  return effects.flatMap((effect): string[] => {
    if (effect.kind !== 'send') return []
    const { order } = effect
    if (order.type === 'welcome') return [`${order.setup.slots} slots`]
    if (order.type === 'set-mode') return [order.mode]
    return order.type === 'lease' || order.type === 'revoke' ? [`${order.type} ${order.attempt}`] : []
  })
}

test('a paused run stays paused in every later life of control, until it is resumed', () => {
  queue(2)
  aLife().control.pause(true, 0)
  const second = aLife()
  expect(second.hello('n1')).toEqual(['2 slots', 'paused'])
  expect([second.control.isPaused, second.control.asked]).toEqual([true, { isPaused: true, draining: [], slots: [] }])
  expect(said(second.control.pause(false, 0))).toEqual(['working', 'lease 1', 'lease 2'])
  expect([aLife().control.isPaused, aLife().control.asked]).toEqual([false, null])
})

test('a drained node is leased nothing in a later life of control, until that is taken back', () => {
  queue(3)
  aLife().control.drain('n1', true, 0)
  const second = aLife()
  expect(second.hello('n1')).toEqual(['2 slots', 'draining'])
  expect(second.hello('n2')).toEqual(['2 slots', 'working', 'lease 1', 'lease 2'])
  expect(second.control.asked).toEqual({ isPaused: false, draining: ['n1'], slots: [] })
  expect(said(second.control.drain('n1', false, 0) ?? [])).toEqual(['working', 'lease 3'])
  expect(aLife().control.asked).toBeNull()
})

test('slots that were asked for are those of a later life of control', () => {
  queue(1)
  aLife().control.setSlots('n1', 5, 0)
  const second = aLife()
  expect(second.hello('n1')[0]).toBe('5 slots')
  expect(second.hello('n2')[0]).toBe('2 slots')
  expect(second.control.asked).toEqual({ isPaused: false, draining: [], slots: [{ node: 'n1', slots: 5 }] })
})

test('what a drained node has not begun it is asked back for in a later life of control, and on a later connection', () => {
  queue(6)
  const first = aLife('r1', 1)
  expect(first.hello('n1')).toEqual(['2 slots', 'working', 'lease 1', 'lease 2', 'lease 3'])
  const held = [1, 2, 3].map((attempt) => ({
    attempt,
    generation: 1,
    state: attempt === 3 ? ('waiting' as const) : ('running' as const),
  }))
  first.control.drain('n1', true, 0)
  expect(first.hello('n1', held)).toEqual(['2 slots', 'draining', 'revoke 3'])
  expect(aLife('r1', 1).hello('n1', held)).toEqual(['2 slots', 'draining', 'revoke 3'])
})

test('a node that is drained while the run is paused begins nothing of what it gives back', () => {
  queue(6)
  const { control, hello } = aLife('r1', 1)
  hello('n1')
  expect(said(control.pause(true, 0))).toEqual(['paused'])
  expect(said(control.drain('n1', true, 0) ?? [])).toEqual(['paused', 'revoke 1', 'revoke 2', 'revoke 3'])
  expect(said(control.pause(false, 0))).toEqual(['draining'])
})

test('a run that begins anew was asked nothing', () => {
  queue(1)
  const { control } = aLife()
  control.pause(true, 0)
  control.drain('n1', true, 0)
  control.setSlots('n2', 9, 0)
  begin('r2')
  expect(aLife('r2').control.asked).toBeNull()
})

test('what a node did is counted from the beginning of the run, and not of control', () => {
  queue(3)
  const first = aLife()
  first.hello('n1')
  const settled: NodeReport = { type: 'settled', attempt: 1, generation: 1, result: aRejection() }
  const fault = { kind: 'engine-failed', message: 'no engine' } as const
  const faulted: NodeReport = { type: 'faulted', attempt: 2, generation: 1, fault }
  for (const [index, report] of [settled, faulted].entries()) {
    const origin = { version, node: 'n1', boot: 'b1', sequence: index + 1, atMs: 5 } as const
    first.control.receive('n1', 1, { ...report, ...origin }, 5)
  }
  first.control.tick(10_000)
  expect(aLife().control.nodes(0)).toMatchObject([
    { node: 'n1', settled: 1, accepted: 0, faulted: 1, stolen: 0 },
    { node: 'n2', settled: 0, faulted: 0 },
  ])
})
