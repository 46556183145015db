import { expect, test } from 'bun:test'
import type { ControlEffect } from '../../src/control/control.ts'
import { type NodeMessage, protocolVersion } from '../../src/domain/message.ts'
import { bareControl } from '../support/bare-control.ts'
import { bareLedger, workedOnBy } from '../support/bare-ledger.ts'
import { someSetup } from '../support/run-values.ts'

/** Of a run whose one attempt is another node's, so that nothing is leased and nothing ends. */
const ledger = bareLedger({ open: () => workedOnBy('n2') })

const hello: NodeMessage = {
  version: protocolVersion,
  type: 'hello',
  node: 'n1',
  boot: 'b1',
  held: [],
  facts: null,
  slots: 2,
  room: 2,
}

function slotsIn(effects: readonly ControlEffect[]) {
  return effects.flatMap((effect): object[] => {
    if (effect.kind !== 'send') return []
    const { order } = effect
    if (order.type === 'welcome') return [{ welcome: order.setup.slots }]
    return order.type === 'set-slots' ? [{ set: order.slots }] : []
  })
}

test('slots that were set while a run goes on hold on later connections too, and where the node was not there', () => {
  const setup = { ...someSetup, slots: 2 }
  const nodes = ['n1', 'n2']
  const control = bareControl({ ledger, nodes, setupOf: () => setup })
  expect(slotsIn(control.connected('n1', 1, 0))).toEqual([{ welcome: 2 }])
  control.receive('n1', 1, hello, 0)
  expect(slotsIn(control.setSlots('n1', 5, 1) ?? [])).toEqual([{ set: 5 }])
  control.disconnected('n1', 1, 'the link broke', 2)
  expect(slotsIn(control.connected('n1', 2, 3))).toEqual([{ welcome: 5 }])
  expect(slotsIn(control.setSlots('n2', 7, 4) ?? [])).toEqual([])
  expect(slotsIn(control.connected('n2', 3, 5))).toEqual([{ welcome: 7 }])
  expect(control.setSlots('n3', 7, 6)).toBeNull()
})
