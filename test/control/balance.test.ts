import { expect, test } from 'bun:test'
import { chooseTheft, isOutlier, stragglers } from '../../src/control/balance.ts'
import { type FleetNode, fleetNode, type KnownLease } from '../../src/control/fleet-node.ts'

const minuteMs = 60_000

function lease(attempt: number, fields: Partial<KnownLease> = {}): KnownLease {
  return { attempt, generation: 1, repo: 'r', grant: 1, startedAtMs: null, avoid: null, isAskedBack: false, ...fields }
}

function node(name: string, slots: number, leases: readonly KnownLease[]): FleetNode {
  const made = fleetNode(name, 0, null)
  Object.assign(made, { slots, isUp: true, isTaking: true })
  for (const one of leases) made.leases.set(one.attempt, one)
  return made
}

function theft(nodes: readonly FleetNode[]) {
  const chosen = chooseTheft(
    nodes,
    ({ isTaking }) => isTaking,
    () => 10 * minuteMs,
    0,
  )
  return chosen && { from: chosen.from.node, attempts: chosen.leases.map(({ attempt }) => attempt) }
}

const running = (attempt: number) => lease(attempt, { startedAtMs: 0 })

test('half of what has not begun is taken from the node that will finish last, the last leased first', () => {
  const rich = node('n1', 1, [running(1), lease(2), lease(3), lease(4), lease(5)])
  const less = node('n2', 1, [running(6), lease(7)])
  expect(theft([less, rich, node('n3', 4, [])])).toEqual({ from: 'n1', attempts: [4, 5] })
})

test('no more is taken than slots are free, and what is asked back already counts', () => {
  const rich = node('n1', 1, [running(1), lease(2), lease(3), lease(4), lease(5)])
  expect(theft([rich, node('n2', 1, [])])).toEqual({ from: 'n1', attempts: [5] })
  const asked = node('n1', 1, [running(1), lease(2), lease(3), lease(4, { isAskedBack: true })])
  expect(theft([asked, node('n2', 1, [])])).toBeNull()
  expect(theft([Object.assign(asked, { isUp: false }), rich, node('n2', 1, [])])).toEqual({ from: 'n1', attempts: [5] })
})

test('what a free slot of its own is about to begin is not taken', () => {
  expect(theft([node('n1', 3, [running(1), lease(2), lease(3)]), node('n2', 2, [])])).toBeNull()
})

test('what may not go to who is idle is not taken', () => {
  const avoid = { node: 'n2', untilMs: minuteMs }
  const rich = node('n1', 1, [running(1), lease(2), lease(3, { avoid })])
  expect(theft([rich, node('n2', 2, [])])).toEqual({ from: 'n1', attempts: [2] })
})

test('stragglers are what takes much longer than expected, longest first', () => {
  const nodes = [
    node('n1', 2, [lease(1, { startedAtMs: 0 }), lease(2, { startedAtMs: 90 * minuteMs })]),
    node('n2', 2, [lease(3, { startedAtMs: -9 * minuteMs }), lease(4, { startedAtMs: -99 * minuteMs })]),
    node('n3', 1, [lease(5)]),
  ]
  const slow = stragglers(
    nodes,
    (attempt) => attempt !== 4,
    () => 10 * minuteMs,
    100 * minuteMs,
  )
  expect(slow.map(({ lease, holder }) => [lease.attempt, holder.node])).toEqual([
    [3, 'n2'],
    [1, 'n1'],
  ])
})

test('nothing of less than five minutes is a straggler', () => {
  const nodes = [node('n1', 1, [lease(1, { startedAtMs: 0 })])]
  const at = (nowMs: number) =>
    stragglers(
      nodes,
      () => true,
      () => 1000,
      nowMs,
    ).length
  expect([at(5 * minuteMs - 1), at(5 * minuteMs)]).toEqual([0, 1])
})

test('an outlier runs for much longer than is usual, and may go on for longer than all the rest', () => {
  const at = (runsMs: number, restMs: number) => isOutlier(lease(1, { startedAtMs: 0 }), minuteMs, restMs, runsMs)
  expect([at(5 * minuteMs, 0), at(6 * minuteMs, 0), at(6 * minuteMs, 30 * minuteMs)]).toEqual([false, true, false])
  expect(isOutlier(lease(1), minuteMs, 0, 100 * minuteMs)).toBe(false)
})
