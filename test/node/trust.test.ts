import { expect, test } from 'bun:test'
import { protocolTimes } from '../../src/domain/protocol-times.ts'
import { Trust } from '../../src/node/trust.ts'

const times = { ...protocolTimes, leaseMs: 120_000, marginMs: 12_000 }
/** What a lease is worth by a clock that may go wrong. */
const worthMs = 108_000

function connectedAt(nowMs: number): Trust {
  const trust = new Trust(times)
  trust.connected(times, nowMs)
  return trust
}

test('nothing is trusted before control answered, and then for a lease from when the pulse was sent', () => {
  const trust = connectedAt(1000)
  expect(trust.untilMs).toBe(Number.NEGATIVE_INFINITY)
  trust.sent(1, 11_000)
  trust.sent(2, 21_000)
  trust.answered(1)
  expect(trust.untilMs).toBe(11_000 + worthMs)
  trust.answered(2)
  expect(trust.untilMs).toBe(21_000 + worthMs)
})

test('an answer to what was answered later already, or to an earlier connection, says nothing', () => {
  const trust = connectedAt(0)
  for (const count of [1, 2]) trust.sent(count, 10_000 * count)
  trust.answered(2)
  trust.answered(1)
  expect(trust.untilMs).toBe(20_000 + worthMs)
  trust.connected(times, 30_000)
  trust.answered(2)
  expect(trust.untilMs).toBe(20_000 + worthMs)
})

test('a node that is left alone trusts for as long as it was told, from the last pulse that was answered', () => {
  const trust = connectedAt(0)
  trust.answered(0)
  trust.leftAlone(1_000_000)
  expect(trust.untilMs).toBe(900_000)
  trust.connected(times, 60_000)
  expect(trust.untilMs).toBe(60_000 + worthMs)
})

test('what was trusted ends as much sooner as the clock stood still, and what was on its way then says nothing', () => {
  const trust = connectedAt(0)
  trust.answered(0)
  trust.sent(1, 10_000)
  trust.slept(5_000)
  expect(trust.untilMs).toBe(worthMs - 5_000)
  trust.answered(1)
  expect(trust.untilMs).toBe(worthMs - 5_000)
  trust.sent(2, 20_000)
  trust.answered(2)
  expect(trust.untilMs).toBe(20_000 + worthMs)
})
