import { expect, test } from 'bun:test'
import { protocolVersion } from '../../src/domain/message.ts'
import { protocolTimes, withLease } from '../../src/domain/protocol-times.ts'
import { Node } from '../../src/node/node.ts'
import { someSetup } from '../support/run-values.ts'

const version = protocolVersion

/** A node that was welcomed and answered at time 0. */
function welcomed(leaseMs?: number): Node {
  const node = new Node({ node: 'n1', boot: 'b1', slots: 2, times: protocolTimes, kept: [] })
  const setup = leaseMs === undefined ? someSetup : { ...someSetup, leaseMs }
  node.receive(1, { version, type: 'welcome', epoch: 1, connection: 1, runId: 'r1', setup }, 0)
  node.receive(1, { version, type: 'heartbeat-answer', count: 0, dropped: [] }, 0)
  return node
}

/** When it stops trusting its leases, of these times. */
function closesAt(node: Node, times: readonly number[]): number | undefined {
  return times.find((nowMs) => node.tick(nowMs).some((effect) => effect.kind === 'gate' && !effect.isOpen))
}

test('a node trusts its leases a margin less long than they last, which is as long as control says', () => {
  const times = [11_399, 11_400, 113_999, 114_000]
  expect(closesAt(welcomed(), times)).toBe(114_000)
  expect(closesAt(welcomed(12_000), times)).toBe(11_400)
})

test('with a shorter lease all is in proportion', () => {
  expect(withLease(protocolTimes, 60_000)).toEqual({
    ...protocolTimes,
    leaseMs: 60_000,
    marginMs: 3_000,
    graceMs: 15_000,
    heartbeatMs: 5_000,
    silenceMs: 12_500,
  })
  expect(withLease(protocolTimes, protocolTimes.leaseMs)).toEqual(protocolTimes)
})
