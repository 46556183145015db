import { expect, test } from 'bun:test'
import { type NodeMessage, protocolVersion } from '../../src/domain/message.ts'
import { bareControl } from '../support/bare-control.ts'

function event(boot: string, sequence: number): NodeMessage {
  const origin = { version: protocolVersion, node: 'n1', boot, sequence, atMs: 0 } as const
  return { ...origin, type: 'stage', attempt: 1, generation: 1, stage: 'build', iteration: 1, state: 'started' }
}

test('an event that a node sends again is acknowledged again, and told to nobody a second time', () => {
  const control = bareControl()
  const send = (...events: readonly NodeMessage[]) =>
    events
      .flatMap((one) => control.receive('n1', connection, one, 0))
      .flatMap((effect): string[] => {
        if (effect.kind === 'applied') return [`${effect.event.boot} ${effect.event.sequence}`]
        return effect.kind === 'send' && effect.order.type === 'acknowledge' ? ['acknowledged'] : []
      })
  let connection = 1
  control.connected('n1', connection, 0)
  expect(send(event('b1', 1), event('b1', 2))).toEqual(['acknowledged', 'b1 1', 'acknowledged', 'b1 2'])
  control.disconnected('n1', connection, 'the link broke', 0)
  connection = 2
  control.connected('n1', connection, 0)
  const again = send(event('b1', 1), event('b1', 2), event('b1', 3), event('b2', 1))
  expect(again.filter((one) => one === 'acknowledged')).toHaveLength(4)
  expect(again.filter((one) => one !== 'acknowledged')).toEqual(['b1 3', 'b2 1'])
})
