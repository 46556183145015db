import { expect, test } from 'bun:test'
import {
  differences,
  expiryOf,
  fleetNode,
  freeSlots,
  isFaster,
  type KnownLease,
  learnSpeed,
  mayTake,
  seenLeases,
  viewOf,
} from '../../src/control/fleet-node.ts'
import type { HeldLease } from '../../src/domain/lease.ts'
import { type NodePulse, protocolVersion } from '../../src/domain/message.ts'
import { protocolTimes } from '../../src/domain/protocol-times.ts'

function lease(attempt: number, grant: number): KnownLease {
  return { attempt, generation: 1, repo: 'r', grant, startedAtMs: null, avoid: null, isAskedBack: false }
}

function nodeWith(...leases: readonly KnownLease[]) {
  const node = Object.assign(fleetNode('n1', 1000, null), { slots: 2, isUp: true, isTaking: true, boot: 'b1' })
  for (const one of leases) node.leases.set(one.attempt, one)
  return node
}

function pulse(type: 'hello' | 'heartbeat', held: readonly HeldLease[], grant = 0): NodePulse {
  const base = { version: protocolVersion, held, facts: null, slots: 2, room: 0 } as const
  return type === 'hello' ? { ...base, type, node: 'n1', boot: 'b1' } : { ...base, type, count: 1, grant }
}

const held = (attempt: number, state: HeldLease['state'] = 'waiting', generation = 1) => ({
  attempt,
  generation,
  state,
})

test('what a node does not hold is gone, unless it was on its way when the node spoke', () => {
  const node = nodeWith(lease(1, 1), lease(2, 2), lease(3, 3))
  const gone = (of: NodePulse) => differences(node, of).gone.map(({ attempt }) => attempt)
  expect(gone(pulse('heartbeat', [held(1)], 2))).toEqual([2])
  expect(gone(pulse('heartbeat', [held(1), held(2, 'ended')], 2))).toEqual([])
  expect(gone(pulse('hello', [held(1)]))).toEqual([2, 3])
})

test('what a node holds that is not its own any more is dropped, but for what has ended there', () => {
  const node = nodeWith(lease(1, 1))
  const { dropped } = differences(node, pulse('hello', [held(1, 'running', 2), held(2), held(3, 'ended')]))
  expect(dropped).toEqual([
    { attempt: 1, generation: 2 },
    { attempt: 2, generation: 1 },
  ])
})

test('what runs has begun, and is not asked back any more', () => {
  const node = nodeWith({ ...lease(1, 1), isAskedBack: true }, lease(2, 1))
  expect(seenLeases(node, [held(1, 'running'), held(2), held(3, 'running')], 7)).toEqual([
    { ...lease(1, 1), startedAtMs: 7 },
  ])
})

test('leases are over a while after the last word, and after the time for which a node was left alone', () => {
  const { leaseMs, graceMs } = protocolTimes
  expect(expiryOf(nodeWith(), protocolTimes)).toBe(1000 + leaseMs + graceMs)
  const leftAlone = Object.assign(nodeWith(), { trustedUntilMs: 9_000_000 })
  expect(expiryOf(leftAlone, protocolTimes)).toBe(9_000_000 + graceMs)
})

test('nothing is leased to a node that is aside, draining, full or not heard of', () => {
  const node = nodeWith(lease(1, 1))
  expect([mayTake(node, 0), freeSlots(node)]).toEqual([true, 1])
  const changes = [{ isUp: false }, { isTaking: false }, { isDraining: true }, { asideUntilMs: 5000 }]
  expect(changes.map((change) => mayTake(Object.assign(nodeWith(), change), 4999))).toEqual(changes.map(() => false))
})

test('a node that takes less time than expected is faster, once there is enough to tell by', () => {
  const [fast, usual] = [nodeWith(), nodeWith()]
  learnSpeed(fast, 500, 1000)
  expect(isFaster(fast, usual)).toBe(false)
  for (let n = 0; n < 30; n += 1) learnSpeed(fast, 500, 1000)
  expect([isFaster(fast, usual), isFaster(usual, fast)]).toEqual([true, false])
})

test('a node is shown as what it is to control', () => {
  const stateAt = (change: object, nowMs = 2000) =>
    viewOf(Object.assign(nodeWith(), change), protocolTimes, nowMs).state
  expect(stateAt({})).toBe('up')
  expect(stateAt({ isDraining: true })).toBe('draining')
  expect(stateAt({ asideUntilMs: 2001 })).toBe('aside')
  expect(stateAt({ isUp: false })).toBe('silent')
  expect(stateAt({ isUp: false }, 1000 + protocolTimes.leaseMs + protocolTimes.graceMs)).toBe('lost')
  expect(stateAt({ isUp: false, boot: null })).toBe('starting')
  expect(stateAt({ hasLeft: true })).toBe('stopped')
})
