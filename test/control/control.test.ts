import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Control, type ControlEffect } from '../../src/control/control.ts'
import { storeLedger } from '../../src/control/store-ledger.ts'
import type { FaultKind } from '../../src/domain/fault.ts'
import type { HeldLease } from '../../src/domain/lease.ts'
import { type NodeReport, type Order, protocolVersion } from '../../src/domain/message.ts'
import { protocolTimes, withLease } from '../../src/domain/protocol-times.ts'
import { insertAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { listNodes } from '../../src/store/nodes.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { anInstance, aRejection, somePlan, someSettings, someSetup } from '../support/run-values.ts'

const version = protocolVersion
const { leaseMs, graceMs, silenceMs } = protocolTimes
const policy = { maxFaults: 3, waitsMs: [0] }

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openswe-control-'))
  store = await openStore(join(folder, 'a.db'), 'write')
  insertRun(store, { runId: 'r1', startedAtMs: 0, version: 'test', author: 'rules', settings: someSettings })
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

function queue(count: number): void {
  for (let n = 0; n < count; n += 1) {
    putInstance(store, anInstance(`a__a-${n}`), 'digest')
    insertAttempt(store, { instance_id: `a__a-${n}`, row_digest: 'digest', author: 'rules', run_id: 'r1' })
  }
}

interface Played {
  readonly nodes?: readonly string[]
  readonly ahead?: number
  readonly atMs?: number
  readonly leaseMs?: number
}

/** Control with nodes that are played by the test, at a time that the test says. */
function controlled({ nodes = ['n1', 'n2'], ahead = 0, atMs = 0, leaseMs = protocolTimes.leaseMs }: Played = {}) {
  const effects: ControlEffect[] = []
  const clock = { nowMs: atMs }
  const control = new Control({
    ledger: storeLedger(store, { runId: 'r1', plan: somePlan, policy }),
    runId: 'r1',
    epoch: 1,
    policy,
    times: withLease(protocolTimes, leaseMs),
    nodes,
    setupOf: () => ({ ...someSetup, slots: null, ahead }),
    nowMs: atMs,
  })
  const sequences = new Map<string, number>()
  const does = (more: readonly ControlEffect[] | null) => {
    effects.push(...(more ?? []))
    return more ?? []
  }
  const hello = (node: string, slots: number, held: readonly HeldLease[] = [], boot = 'b1') => {
    does(control.connected(node, 1, clock.nowMs))
    const room = slots + ahead - held.length
    const pulse = { version, type: 'hello', node, boot, slots, room, held, facts: null } as const
    return does(control.receive(node, 1, pulse, clock.nowMs))
  }
  const heartbeat = (node: string, slots: number, held: readonly HeldLease[], grant: number) => {
    const pulse = { version, type: 'heartbeat', count: 1, grant, slots, room: 1, held, facts: null } as const
    return does(control.receive(node, 1, pulse, clock.nowMs))
  }
  const report = (node: string, what: NodeReport, boot = 'b1') => {
    const sequence = (sequences.get(node) ?? 0) + 1
    sequences.set(node, sequence)
    return does(control.receive(node, 1, { ...what, version, node, boot, sequence, atMs: 5 }, clock.nowMs))
  }
  const orders = (of: readonly ControlEffect[] = effects) =>
    of.flatMap((effect) => (effect.kind === 'send' ? [{ node: effect.node, ...effect.order }] : []))
  return { control, clock, does, hello, heartbeat, report, orders, effects }
}

type Sent = Order & { readonly node: string }

function leasesIn(orders: readonly Sent[]): (readonly [string, number, number])[] {
  return orders.flatMap((order) => {
    return order.type === 'lease' ? [[order.node, order.attempt, order.generation] as const] : []
  })
}

const held = (attempt: number, state: HeldLease['state'], generation = 1): HeldLease => ({ attempt, generation, state })
const begun = (attempt: number, generation = 1): NodeReport => {
  return { type: 'stage', attempt, generation, stage: 'build', iteration: 1, state: 'started' }
}
const settled = (attempt: number, generation = 1): NodeReport => {
  return { type: 'settled', attempt, generation, result: aRejection() }
}
const countsByState = () => store.all('select state, count(*) as count from attempts group by state order by state')

test('a welcome comes first, nothing is leased before a hello, and what is leased is written down', () => {
  queue(5)
  const { hello, does, control, orders } = controlled()
  does(control.connected('n1', 1, 0))
  expect(orders()).toMatchObject([{ node: 'n1', type: 'welcome', epoch: 1, connection: 1, runId: 'r1' }])
  const greeted = orders(hello('n2', 2))
  expect(greeted.map(({ type }) => type)).toEqual(['heartbeat-answer', 'set-mode', 'lease', 'lease'])
  expect(leasesIn(greeted)).toEqual([
    ['n2', 1, 1],
    ['n2', 2, 1],
  ])
  expect(countsByState()).toEqual([
    { state: 'leased', count: 2 },
    { state: 'queued', count: 3 },
  ])
})

test('each slot is leased one, and the next only when that ends', () => {
  queue(5)
  const { hello, report, orders } = controlled()
  hello('n1', 2)
  hello('n2', 1)
  expect(leasesIn(orders()).map(([node, attempt]) => [node, attempt])).toEqual([
    ['n1', 1],
    ['n1', 2],
    ['n2', 3],
  ])
  expect(leasesIn(orders(report('n2', settled(3))))).toEqual([['n2', 4, 1]])
})

test('what an attempt prints is asked of the node that runs it, and believed of nobody else', () => {
  queue(2)
  const { control, does, hello, report, orders } = controlled()
  hello('n1', 1)
  hello('n2', 1)
  expect(control.askTail(1)).toBeNull()
  report('n1', begun(1))
  const asked = control.askTail(1)
  expect(asked?.lease).toEqual({ attempt: 1, generation: 1 })
  expect(orders(asked?.effects)).toMatchObject([{ node: 'n1', type: 'tail-call', attempt: 1, generation: 1 }])
  const tail = { version, type: 'tail-answer', attempt: 1, generation: 1, text: 'Step 1' } as const
  const told = (node: string, answer: typeof tail) => does(control.receive(node, 1, answer, 1))
  expect(told('n1', tail)).toEqual([{ kind: 'tail', tail }])
  expect(told('n2', tail)).toEqual([])
  does(control.disconnected('n1', 1, 'gone', 2))
  expect(control.askTail(1)).toBeNull()
})

test('a node that comes up is written down within a tick, with what it was leased', () => {
  queue(1)
  const { control, hello } = controlled({ nodes: ['n1'] })
  control.tick(1_000)
  hello('n1', 1)
  control.tick(1_001)
  expect(listNodes(store, 'r1')).toMatchObject([{ node: 'n1', state: 'up', slots: 1, waiting: 1 }])
})

test('an event is acknowledged, once applied and each time it comes again', () => {
  queue(1)
  const { hello, control, orders } = controlled()
  hello('n1', 1)
  const event = { ...settled(1), version, node: 'n1', boot: 'b1', sequence: 7, atMs: 5 } as const
  const acknowledged = () => orders(control.receive('n1', 1, event, 10)).filter(({ type }) => type === 'acknowledge')
  expect(acknowledged()).toMatchObject([{ boot: 'b1', sequence: 7 }])
  expect(acknowledged()).toMatchObject([{ boot: 'b1', sequence: 7 }])
  expect(store.get('select settled_at_ms as at from attempts')).toEqual({ at: 10 })
})

test('what a node does not hold after all is leased again, unless the order was still on its way', () => {
  queue(2)
  const { hello, heartbeat, orders } = controlled()
  hello('n1', 2)
  expect(leasesIn(orders(heartbeat('n1', 2, [], 0)))).toEqual([])
  expect(leasesIn(orders(heartbeat('n1', 2, [held(1, 'running')], 2)))).toEqual([['n1', 2, 2]])
})

test('what a node holds that is another’s by now it is told to drop', () => {
  queue(1)
  const { hello, clock, does, control, orders } = controlled()
  hello('n1', 1)
  does(control.disconnected('n1', 1, 'cut', 0))
  clock.nowMs = leaseMs + graceMs + 1
  does(control.tick(clock.nowMs))
  expect(leasesIn(orders(hello('n2', 1)))).toEqual([['n2', 1, 2]])
  const answer = orders(hello('n1', 1, [held(1, 'running')])).find(({ type }) => type === 'heartbeat-answer')
  expect(answer).toMatchObject({ count: 0, dropped: [{ attempt: 1, generation: 1 }] })
})

test('leases of a node that is not heard of go to others when they are over, and not before', () => {
  queue(1)
  const { hello, clock, does, control, orders, report } = controlled()
  hello('n1', 1)
  report('n1', begun(1))
  clock.nowMs = silenceMs + 1
  expect(does(control.tick(clock.nowMs)).map(({ kind }) => kind)).toEqual(['close'])
  clock.nowMs = leaseMs + graceMs
  hello('n2', 1)
  expect(leasesIn(orders(does(control.tick(clock.nowMs))))).toEqual([])
  clock.nowMs += 1
  const lost = does(control.tick(clock.nowMs))
  expect(leasesIn(orders(lost))).toEqual([['n2', 1, 2]])
  expect(store.get('select faults from attempts')).toMatchObject({ faults: expect.stringContaining('node-lost') })
  expect(lost.filter(({ kind }) => kind === 'lost')).toMatchObject([
    {
      atMs: clock.nowMs,
      change: { instance_id: 'a__a-0', before: { state: 'running' }, attempt: { state: 'queued' } },
    },
  ])
})

test('with short leases too, a node has the time that it takes to start before its connection is given up', () => {
  const { control, does, effects } = controlled({ nodes: ['n1'], leaseMs: 10_000 })
  does(control.connected('n1', 1, 0))
  does(control.tick(protocolTimes.greetMs))
  expect(effects.filter(({ kind }) => kind === 'close')).toEqual([])
  does(control.tick(protocolTimes.greetMs + 1))
  const why = 'nothing was heard of it for 25 s'
  expect(effects.filter(({ kind }) => kind === 'close')).toEqual([{ kind: 'close', node: 'n1', connection: 1, why }])
})

test('while control itself stood still nobody was silent, and a node has the rest of its time to be heard of', () => {
  queue(1)
  const { hello, control, clock, does } = controlled({ nodes: ['n1'] })
  hello('n1', 1)
  does(control.tick(5_000))
  clock.nowMs = 2 * (leaseMs + graceMs)
  control.stoodStill(clock.nowMs - 5_000, clock.nowMs)
  does(control.disconnected('n1', 1, 'the connection was lost', clock.nowMs))
  const endsAtMs = clock.nowMs - 5_000 + leaseMs + graceMs
  for (const [atMs, states] of [
    [clock.nowMs, [{ state: 'leased', count: 1 }]],
    [endsAtMs, [{ state: 'leased', count: 1 }]],
    [endsAtMs + 1, [{ state: 'queued', count: 1 }]],
  ] as const) {
    does(control.tick(atMs))
    expect([atMs, countsByState()]).toEqual([atMs, [...states]])
  }
})

test('what comes of a node before control knows that it stood still is not heard of in the future', () => {
  queue(1)
  const { hello, control, clock } = controlled({ nodes: ['n1'] })
  clock.nowMs = 60_000
  hello('n1', 1)
  control.stoodStill(59_000, clock.nowMs)
  expect(control.nodes(clock.nowMs)).toMatchObject([{ node: 'n1', state: 'up', heardAtMs: 60_000 }])
})

test('a new life of control gives every node the whole time to be heard of', () => {
  queue(1)
  controlled().hello('n1', 1)
  const { control, clock, hello, orders, does } = controlled({ atMs: 10 * leaseMs })
  clock.nowMs = 11 * leaseMs + graceMs
  hello('n2', 1)
  expect(leasesIn(orders(does(control.tick(clock.nowMs))))).toEqual([])
  expect(leasesIn(orders(does(control.tick(11 * leaseMs + graceMs + 1))))).toEqual([['n2', 1, 2]])
})

test('what waits ahead on one node is asked back for another that has nothing, and leased on only when it is back', () => {
  queue(9)
  const { hello, report, does, control, orders } = controlled({ ahead: 3 })
  hello('n1', 2)
  for (const attempt of [1, 2]) report('n1', begun(attempt))
  expect(leasesIn(orders()).filter(([node]) => node === 'n1')).toHaveLength(5)
  hello('n2', 8)
  const asked = orders(does(control.tick(1000))).filter(({ type }) => type === 'revoke')
  expect(asked).toMatchObject([
    { node: 'n1', attempt: 4, evenRunning: false },
    { node: 'n1', attempt: 5, evenRunning: false },
  ])
  expect(leasesIn(orders(report('n1', { type: 'released', attempt: 5, generation: 1 })))).toEqual([['n2', 5, 2]])
  expect(control.nodes(0).find(({ node }) => node === 'n1')).toMatchObject({ stolen: 1 })
})

test('what was asked back on a connection that is gone is asked back anew', () => {
  queue(9)
  const { hello, report, does, control, orders } = controlled({ ahead: 3 })
  hello('n1', 2)
  for (const attempt of [1, 2]) report('n1', begun(attempt))
  hello('n2', 8)
  const asks = () => orders(does(control.tick(1000))).filter(({ type }) => type === 'revoke').length
  expect([asks(), asks(), asks()]).toEqual([2, 1, 0])
  const all = [held(1, 'running'), held(2, 'running'), held(3, 'waiting'), held(4, 'waiting'), held(5, 'waiting')]
  hello('n1', 2, all)
  expect(asks()).toBe(2)
})

test('what takes long is done twice once nothing waits, and the first verdict takes it from the other', () => {
  queue(1)
  const { hello, report, clock, does, control, orders, effects } = controlled()
  hello('n1', 1)
  report('n1', begun(1))
  clock.nowMs = 5 * 60_000
  hello('n1', 1, [held(1, 'running')])
  hello('n2', 1)
  expect(leasesIn(orders(does(control.tick(clock.nowMs))))).toEqual([['n2', 1, 2]])
  const after = orders(report('n2', settled(1, 2)))
  expect(after.slice(0, 2)).toMatchObject([
    { node: 'n2', type: 'acknowledge' },
    { node: 'n1', type: 'revoke', attempt: 1, generation: 1, evenRunning: true },
  ])
  expect(after.slice(2).every(({ type }) => type === 'stop')).toBe(true)
  expect(effects.at(-1)).toEqual({ kind: 'ended', ending: { kind: 'finished' } })
})

test('who finishes what runs waits for a node that is not heard of, and who stops does not', () => {
  queue(1)
  const { hello, report, does, control, effects } = controlled()
  hello('n1', 1)
  report('n1', begun(1))
  does(control.disconnected('n1', 1, 'the link broke', 0))
  does(control.finishRunning(0))
  expect(effects.filter(({ kind }) => kind === 'ended')).toEqual([])
  does(control.stop(0))
  expect(effects.at(-1)).toEqual({ kind: 'ended', ending: { kind: 'stopped' } })
})

test('a node that is heard of again is told its mode and its slots, whatever it was told last', () => {
  queue(1)
  const { hello, does, control, orders } = controlled()
  hello('n1', 1)
  does(control.pause(true, 0))
  does(control.setSlots('n1', 3, 0))
  does(control.disconnected('n1', 1, 'cut', 0))
  does(control.pause(false, 0))
  const again = hello('n1', 3)
  expect(orders().findLast(({ type }) => type === 'welcome')).toMatchObject({ setup: { slots: 3 } })
  expect(orders(again).find(({ type }) => type === 'set-mode')).toMatchObject({ mode: 'working' })
})

test('a drained node gives back what has not begun, and is leased nothing until that is over', () => {
  queue(4)
  const { hello, report, does, control, orders } = controlled({ nodes: ['n1'], ahead: 2 })
  hello('n1', 1)
  report('n1', begun(1))
  const drained = orders(does(control.drain('n1', true, 0)))
  expect(drained.map(({ type }) => type)).toEqual(['set-mode', 'revoke', 'revoke'])
  for (const attempt of [2, 3]) report('n1', { type: 'released', attempt, generation: 1 })
  expect(leasesIn(orders(report('n1', settled(1))))).toEqual([])
  expect(leasesIn(orders(does(control.drain('n1', false, 0))))).toEqual([
    ['n1', 2, 2],
    ['n1', 3, 2],
  ])
  expect(control.drain('n9', true, 0)).toBeNull()
})

test('a machine that fails again and again ends the run, and what is left stays queued', () => {
  queue(20)
  const { hello, heartbeat, report, orders, effects, clock } = controlled({ nodes: ['n1'] })
  hello('n1', 1)
  const fault = { kind: 'engine-unreachable' as FaultKind, message: 'no engine' }
  for (let n = 0; n < 12; n += 1) {
    const [, attempt = 0, generation = 0] = leasesIn(orders())[n] ?? []
    report('n1', { type: 'faulted', attempt, generation, fault })
    clock.nowMs += 3_600_000
    heartbeat('n1', 1, [], n)
  }
  expect(effects.filter(({ kind }) => kind === 'ended')).toEqual([{ kind: 'ended', ending: { kind: 'halted', fault } }])
  expect(leasesIn(orders())).toHaveLength(12)
  expect(countsByState()).toEqual([{ state: 'queued', count: 20 }])
})

test('a stop is sent to every node, and the run ends when all is given back', () => {
  queue(3)
  const { hello, report, does, control, orders, effects } = controlled({ nodes: ['n1'] })
  hello('n1', 2)
  expect(orders(does(control.stop(0)))).toMatchObject([{ node: 'n1', type: 'stop' }])
  report('n1', { type: 'released', attempt: 1, generation: 1 })
  expect(effects.some(({ kind }) => kind === 'ended')).toBe(false)
  report('n1', settled(2))
  expect(effects.at(-1)).toEqual({ kind: 'ended', ending: { kind: 'stopped' } })
})

test('who leaves the nodes alone writes down for how long before it says so, and a later life waits for it', () => {
  queue(1)
  const { hello, does, control, orders } = controlled({ nodes: ['n1'] })
  hello('n1', 1)
  const left = does(control.detach(3_600_000, 1000))
  expect(orders(left).map(({ type }) => type)).toEqual(['set-mode', 'detach'])
  expect(left.at(-1)).toEqual({ kind: 'ended', ending: { kind: 'detached' } })
  const later = controlled({ atMs: 2000 })
  later.clock.nowMs = 3_601_000 + graceMs
  later.hello('n2', 1)
  expect(leasesIn(later.orders(later.does(later.control.tick(later.clock.nowMs))))).toEqual([])
  expect(leasesIn(later.orders(later.does(later.control.tick(3_601_001 + graceMs))))).toEqual([['n2', 1, 2]])
})

test('a question is asked for who holds the attempt, and for nobody else', () => {
  queue(1)
  const { hello, control } = controlled({ nodes: ['n1'] })
  hello('n1', 1)
  const call = { version, type: 'repository-call', call: 'c1', attempt: 1, repo: 'a/b', commit: 'c' } as const
  const kinds = (generation: number) => control.receive('n1', 1, { ...call, generation }, 0).map(({ kind }) => kind)
  expect([kinds(1), kinds(2)]).toEqual([['ask'], []])
})

test('a host that answers by the name of another is refused', () => {
  queue(1)
  const { does, control } = controlled()
  does(control.connected('n1', 1, 0))
  const pulse = { version, type: 'hello', node: 'n2', boot: 'b', slots: 1, room: 1, held: [], facts: null } as const
  expect(control.receive('n1', 1, pulse, 0)).toMatchObject([
    { kind: 'close', why: expect.stringContaining('E_NODE_DUP') },
  ])
})
