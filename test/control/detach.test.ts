import { expect, test } from 'bun:test'
import type { ControlEffect } from '../../src/control/control.ts'
import type { Ledger } from '../../src/control/ledger.ts'
import { type NodeMessage, protocolVersion } from '../../src/domain/message.ts'
import { bareControl } from '../support/bare-control.ts'
import { bareLedger, workedOnBy } from '../support/bare-ledger.ts'

/** Of a run whose one attempt n1 holds. */
function ledgerOf(trusted: Map<string, number>): Ledger {
  return bareLedger({
    open: () => workedOnBy('n1'),
    saveNode: ({ node }, { trustedUntilMs }) => void trusted.set(node, trustedUntilMs),
  })
}

const held = [{ attempt: 1, generation: 1, state: 'running' }] as const
const pulse = { version: protocolVersion, held, facts: null, slots: 1, room: 0 } as const
const hello: NodeMessage = { ...pulse, type: 'hello', node: 'n1', boot: 'b1' }

const ordersIn = (effects: readonly ControlEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect.order] : []))

/** Control that takes leave of its node for a minute, at time 10. */
function leaving() {
  const trusted = new Map<string, number>()
  const control = bareControl({ ledger: ledgerOf(trusted) })
  control.connected('n1', 1, 0)
  control.receive('n1', 1, hello, 0)
  const effects = control.detach(60_000, 10)
  return { control, effects, trusted }
}

test('control takes leave once, and writes down for how long', () => {
  const { effects, trusted } = leaving()
  expect(ordersIn(effects)).toContainEqual({ version: protocolVersion, type: 'detach', trustMs: 60_000 })
  expect(effects).toContainEqual({ kind: 'ended', ending: { kind: 'detached' } })
  expect(trusted.get('n1')).toBe(60_010)
})

test('a node that is heard of while control leaves goes on for as long as it was told', () => {
  const { control, trusted } = leaving()
  const heartbeat = control.receive('n1', 1, { ...pulse, type: 'heartbeat', count: 1, grant: 0 }, 20)
  expect(ordersIn(heartbeat)).toEqual([])
  control.tick(1_000)
  expect(trusted.get('n1')).toBe(60_010)
})

test('a node that connects anew while control leaves is left alone as well, and not stopped', () => {
  const { control, trusted } = leaving()
  control.disconnected('n1', 1, 'the link broke', 20)
  expect(control.nodes(30)[0]?.state).toBe('silent')
  control.connected('n1', 2, 30)
  const orders = ordersIn(control.receive('n1', 2, hello, 40)).map(({ type }) => type)
  expect(orders).toEqual(['set-mode', 'detach'])
  expect(trusted.get('n1')).toBe(60_010)
})

test('who changes their mind while control leaves has the nodes stop', () => {
  const { control } = leaving()
  expect(ordersIn(control.stop(20)).map(({ type }) => type)).toEqual(['stop'])
})
