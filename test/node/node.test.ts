import { expect, test } from 'bun:test'
import type { HeldLease } from '../../src/domain/lease.ts'
import {
  type NodeEvent,
  type NodeMessage,
  type NodeReport,
  type Order,
  protocolVersion,
} from '../../src/domain/message.ts'
import { protocolTimes } from '../../src/domain/protocol-times.ts'
import { Node, type NodeEffect } from '../../src/node/node.ts'
import { anInstance, aRejection, someSettings, someSetup } from '../support/run-values.ts'

const version = protocolVersion
const { leaseMs, marginMs, heartbeatMs, silenceMs, idleMs, abandonedMs } = protocolTimes
const result = aRejection()

function aNode(slots = 1, kept: readonly NodeEvent[] = []) {
  return new Node({ node: 'n1', boot: 'b1', slots, times: protocolTimes, kept })
}

function welcome(connection = 1, epoch = 1): Order {
  return { version, type: 'welcome', epoch, connection, runId: 'r1', setup: { ...someSetup, slots: null, ahead: 2 } }
}

function lease(attempt: number, generation = 1): Order {
  const base = { references: [], resume: [], author: 'rules', settings: someSettings } as const
  const task = { kind: 'synthesis', instance: anInstance(`a__a-${attempt}`), ...base } as const
  return { version, type: 'lease', grant: attempt, attempt, generation, task }
}

const answer = (count: number, dropped: readonly { attempt: number; generation: number }[] = []): Order => {
  return { version, type: 'heartbeat-answer', count, dropped }
}

/** A node that trusts its leases since the time 0. */
function trusting(slots = 1): Node {
  const node = aNode(slots)
  node.receive(1, welcome(), 0)
  node.receive(1, answer(0), 0)
  return node
}

const kinds = (effects: readonly NodeEffect[]) => effects.map(({ kind }) => kind)
const sent = (effects: readonly NodeEffect[]): NodeMessage[] =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []))
const started = (effects: readonly NodeEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'start' ? [effect.lease.attempt] : []))
const settled = (attempt: number, generation = 1): NodeReport => ({ type: 'settled', attempt, generation, result })
const heldIn = (effects: readonly NodeEffect[]): readonly HeldLease[] | undefined =>
  sent(effects).flatMap((message) =>
    message.type === 'hello' || message.type === 'heartbeat' ? [message.held] : [],
  )[0]

test('a node says hello to a welcome, begins nothing before that is answered, and everything when it is', () => {
  const node = aNode()
  const greeted = node.receive(7, welcome(), 0)
  expect(kinds(greeted)).toEqual(['welcomed', 'send'])
  expect(sent(greeted)).toMatchObject([{ type: 'hello', node: 'n1', boot: 'b1', slots: 1, room: 3, held: [] }])
  expect(started(node.receive(7, lease(1), 10))).toEqual([])
  const answered = node.receive(7, answer(0), 20)
  expect(kinds(answered)).toEqual(['gate', 'start'])
})

test('what happens is kept before it is said, until it is acknowledged', () => {
  const node = trusting()
  node.receive(1, lease(1), 10)
  const ended = node.report(settled(1), 20)
  expect(kinds(ended)).toEqual(['keep', 'send'])
  expect(sent(ended)).toMatchObject([{ type: 'settled', boot: 'b1', sequence: 1, atMs: 20 }])
  expect(node.receive(1, { version, type: 'acknowledge', boot: 'b0', sequence: 1 }, 30)).toEqual([])
  expect(node.kept).toHaveLength(1)
  const acknowledge: Order = { version, type: 'acknowledge', boot: 'b1', sequence: 1 }
  expect(node.receive(1, acknowledge, 30)).toEqual([{ kind: 'forget', count: 1 }])
  expect(node.receive(1, acknowledge, 30)).toEqual([])
})

test('a new connection is told of what is held, and again of what is kept and asked, oldest first', () => {
  const old: NodeEvent = { ...settled(9), version, node: 'n1', boot: 'b0', sequence: 4, atMs: 0 }
  const node = aNode(1, [old])
  node.receive(1, welcome(), 0)
  node.receive(1, answer(0), 0)
  for (const attempt of [1, 2, 3]) node.receive(1, lease(attempt), 0)
  node.report(settled(1), 5)
  node.ask({ version, type: 'repository-call', call: 'c1', attempt: 2, generation: 1, repo: 'a/b', commit: 'c' }, 6)
  node.disconnected(1, 7)
  const greeted = node.receive(2, welcome(2), 8)
  expect(sent(greeted).map((message) => ('sequence' in message ? message.sequence : message.type))).toEqual([
    'hello',
    4,
    1,
    'repository-call',
  ])
  expect(heldIn(greeted)).toEqual([
    { attempt: 2, generation: 1, state: 'running' },
    { attempt: 3, generation: 1, state: 'waiting' },
    { attempt: 9, generation: 1, state: 'ended' },
    { attempt: 1, generation: 1, state: 'ended' },
  ])
})

test('only the newest connection of the newest life of control is obeyed', () => {
  const node = aNode()
  node.receive(1, welcome(5, 2), 0)
  expect(kinds(node.receive(2, welcome(6, 1), 1))).toEqual(['close'])
  expect(kinds(node.receive(2, welcome(5, 2), 1))).toEqual(['close'])
  expect(kinds(node.receive(3, welcome(1, 3), 2))).toEqual(['close', 'welcomed', 'send'])
  node.receive(1, lease(1), 3)
  expect(node.isIdle).toBe(true)
})

test('trust ends so long after the heartbeat was sent that was answered last, however late the answer came', () => {
  const node = trusting()
  const [heartbeat] = sent(node.tick(heartbeatMs))
  expect(heartbeat).toMatchObject({ type: 'heartbeat', count: 1 })
  node.receive(1, answer(1), heartbeatMs + 24_000)
  node.disconnected(1, heartbeatMs + 24_000)
  const endMs = heartbeatMs + leaseMs - marginMs
  expect(node.tick(endMs - 1)).toEqual([])
  expect(node.tick(endMs)).toEqual([{ kind: 'gate', isOpen: false }])
})

test('while nothing is trusted nothing is begun, and what runs is not killed', () => {
  const node = trusting()
  node.receive(1, lease(1), 0)
  node.receive(1, lease(2), 0)
  expect(kinds(node.slept(leaseMs, 10))).toEqual(['gate'])
  expect(kinds(node.report(settled(1), 20))).toEqual(['keep', 'send'])
  expect(started(node.receive(1, answer(0), 30))).toEqual([])
  expect(sent(node.tick(40))).toMatchObject([{ type: 'heartbeat', count: 1 }])
  expect(started(node.receive(1, answer(1), 50))).toEqual([2])
})

test('a machine that slept trusts its leases for so much less, and one that was left alone no less than the rest', () => {
  const endMs = leaseMs - marginMs - 60_000
  const node = trusting()
  expect(node.slept(60_000, 10)).toEqual([])
  node.disconnected(1, 20)
  expect(node.tick(endMs - 1)).toEqual([])
  expect(node.tick(endMs)).toEqual([{ kind: 'gate', isOpen: false }])
  const alone = trusting()
  alone.receive(1, { version, type: 'detach', trustMs: 24 * 3_600_000 }, 10)
  alone.disconnected(1, 10)
  expect(alone.slept(3_600_000, 20)).toEqual([])
  expect(alone.tick(20 * 3_600_000)).toEqual([])
})

test('who is left alone trusts for as long as was said, counted from when control heard of it', () => {
  const node = trusting()
  const trustMs = 3_600_000
  node.receive(1, { version, type: 'detach', trustMs }, 20_000)
  node.disconnected(1, 20_000)
  const endMs = trustMs * (1 - marginMs / leaseMs)
  expect(node.tick(endMs - 1)).toEqual([])
  expect(node.tick(endMs)).toEqual([{ kind: 'gate', isOpen: false }])
})

test('what is dropped is removed where it waits, and aborted where it runs, and no word is said of it', () => {
  const node = trusting()
  node.receive(1, lease(1), 0)
  node.receive(1, lease(2), 0)
  const dropped = [1, 2].map((attempt) => ({ attempt, generation: 1 }))
  expect(node.receive(1, answer(0, dropped), 1)).toEqual([{ kind: 'abort', lease: { attempt: 1, generation: 1 } }])
  expect(node.report({ type: 'released', attempt: 1, generation: 1 }, 2)).toEqual([])
  expect(node.isIdle).toBe(true)
})

test('what is asked back is given back only where it has not begun, unless it must', () => {
  const node = trusting()
  node.receive(1, lease(1), 0)
  node.receive(1, lease(2), 0)
  const revoke = (attempt: number, evenRunning: boolean): Order => {
    return { version, type: 'revoke', attempt, generation: 1, evenRunning }
  }
  expect(kinds(node.receive(1, revoke(1, false), 1))).toEqual([])
  expect(sent(node.receive(1, revoke(2, false), 1))).toMatchObject([{ type: 'released', attempt: 2 }])
  expect(kinds(node.receive(1, revoke(1, true), 1))).toEqual(['abort'])
})

test('more than it has room for is given back, and a lease that came twice is one', () => {
  const node = trusting()
  for (const attempt of [1, 2, 3, 3]) node.receive(1, lease(attempt), 0)
  expect(sent(node.receive(1, lease(4), 0))).toMatchObject([{ type: 'released', attempt: 4 }])
})

test('of slots that are taken away what is busy counts, and no more is begun beside it', () => {
  const node = trusting(3)
  for (const attempt of [1, 2, 3]) expect(started(node.receive(1, lease(attempt), 0))).toEqual([attempt])
  node.receive(1, lease(4), 0)
  node.receive(1, { version, type: 'set-slots', slots: 1 }, 0)
  expect(started(node.report(settled(1), 1))).toEqual([])
  expect(started(node.report(settled(2), 2))).toEqual([])
  expect(started(node.report(settled(3), 3))).toEqual([4])
})

test('a paused node begins nothing, a draining one finishes what it holds, and neither says that it has room', () => {
  const node = trusting()
  const setMode = (mode: 'paused' | 'draining' | 'working'): Order => ({ version, type: 'set-mode', mode })
  node.receive(1, setMode('paused'), 0)
  expect(started(node.receive(1, lease(1), 0))).toEqual([])
  expect(sent(node.tick(heartbeatMs))).toMatchObject([{ room: 0 }])
  expect(started(node.receive(1, setMode('draining'), 0))).toEqual([1])
  expect(started(node.receive(1, setMode('working'), 0))).toEqual([])
})

test('a node that is told to stop gives back what it holds, and ends once all is acknowledged', () => {
  const node = trusting()
  node.receive(1, lease(1), 0)
  node.receive(1, lease(2), 0)
  expect(kinds(node.receive(1, { version, type: 'stop' }, 1))).toEqual(['abort', 'keep', 'send'])
  expect(kinds(node.report({ type: 'released', attempt: 1, generation: 1 }, 2))).toEqual(['keep', 'send'])
  const effects = node.receive(1, { version, type: 'acknowledge', boot: 'b1', sequence: 2 }, 3)
  expect(kinds(effects)).toEqual(['forget', 'ended'])
})

test('an answer is given to who asked once, and to nobody where the attempt is over', () => {
  const node = trusting()
  node.receive(1, lease(1), 0)
  const question = { version, type: 'repository-call', attempt: 1, generation: 1, repo: 'a/b', commit: 'c' } as const
  node.ask({ ...question, call: 'c1' }, 1)
  node.ask({ ...question, call: 'c2' }, 1)
  const reply = (call: string): Order => ({
    version,
    type: 'repository-answer',
    call,
    answer: { kind: 'bundle', bundle: '' },
  })
  expect(kinds(node.receive(1, reply('c1'), 2))).toEqual(['answered'])
  expect(kinds(node.receive(1, reply('c1'), 2))).toEqual([])
  node.report(settled(1), 3)
  expect(kinds(node.receive(1, reply('c2'), 4))).toEqual([])
})

test('what a lease prints is shown by whoever runs it, and by nobody else', () => {
  const node = trusting()
  const asked = (attempt: number, generation = 1) =>
    node.receive(1, { version, type: 'tail-call', attempt, generation }, 1)
  node.receive(1, lease(1), 0)
  node.receive(1, lease(2), 0)
  expect(asked(1)).toEqual([{ kind: 'show', connection: 1, lease: { attempt: 1, generation: 1 } }])
  expect([asked(1, 2), asked(2), asked(9)]).toEqual([[], [], []])
})

test('a connection on which nothing is heard is closed', () => {
  const node = trusting()
  expect(kinds(node.tick(silenceMs))).toEqual(['send'])
  expect(kinds(node.tick(silenceMs + 1))).toEqual(['close'])
})

test('a node that nobody comes back to ends, soon where it has nothing to do and late where it has', () => {
  const idle = aNode()
  expect(idle.tick(0)).toEqual([])
  expect(kinds(idle.tick(idleMs - 1))).toEqual([])
  expect(kinds(idle.tick(idleMs))).toEqual(['ended'])
  const busy = trusting()
  busy.receive(1, lease(1), 0)
  busy.disconnected(1, 0)
  busy.tick(0)
  const untilMs = leaseMs - marginMs + abandonedMs
  expect(kinds(busy.tick(untilMs - 1))).toEqual(['gate'])
  expect(kinds(busy.tick(untilMs))).toEqual(['abort'])
  expect(kinds(busy.report({ type: 'released', attempt: 1, generation: 1 }, untilMs))).toEqual(['keep', 'ended'])
})

test('of one attempt a second lease begins only when the first has ended', () => {
  const node = trusting(2)
  node.receive(1, lease(1, 1), 0)
  node.receive(1, answer(0, [{ attempt: 1, generation: 1 }]), 1)
  expect(started(node.receive(1, lease(1, 2), 2))).toEqual([])
  expect(started(node.report({ type: 'released', attempt: 1, generation: 1 }, 3))).toEqual([1])
})
