import { expect, test } from 'bun:test'
import type { NodeEvent, Order } from '../../src/domain/message.ts'
import { parseNodeEvent, parseOrder } from '../../src/domain/message-schema.ts'
import { anAcceptance, anInstance, anIteration, aRejection, someSettings } from '../support/run-values.ts'

const origin = { version: 1, node: 'n1', boot: 'b1', sequence: 3, atMs: 1000 } as const
const held = { attempt: 7, generation: 2 }

test('every order survives its line', () => {
  const orders: Order[] = [
    {
      version: 1,
      type: 'lease',
      ...held,
      instance: anInstance('a__b-1', { published: { Dockerfile: 'FROM x', eval_script: 'true' } }),
      author: 'rules',
      settings: someSettings,
      resume: [anIteration(1), anIteration(2)],
    },
    { version: 1, type: 'acknowledge', sequence: 9 },
    { version: 1, type: 'stop' },
  ]
  for (const order of orders) expect(parseOrder(JSON.stringify(order))).toEqual(order)
})

test('every event survives its line', () => {
  const events: NodeEvent[] = [
    { ...origin, type: 'hello', slots: 4 },
    { ...origin, ...held, type: 'stage', stage: 'build', iteration: 1, state: 'finished', durationMs: 12.5 },
    { ...origin, ...held, type: 'iteration', record: anIteration(1) },
    { ...origin, ...held, type: 'settled', result: anAcceptance('x') },
    { ...origin, ...held, type: 'settled', result: aRejection() },
    { ...origin, ...held, type: 'faulted', fault: { kind: 'disk-full', message: 'no space' } },
    { ...origin, ...held, type: 'released' },
  ]
  for (const event of events) expect(parseNodeEvent(JSON.stringify(event))).toEqual(event)
})

test('a line of another version, of another kind or without a field is refused by name', () => {
  const refusals = [
    { ...origin, version: 2, type: 'hello', slots: 4 },
    { ...origin, type: 'goodbye' },
    { ...origin, type: 'released', attempt: 1 },
  ].map((line) => {
    try {
      return parseNodeEvent(JSON.stringify(line))
    } catch (error) {
      return String(error).split(': ').slice(1, 4).join(': ')
    }
  })
  expect(refusals).toEqual([
    'E_PROTO: no node event of version 1: version',
    'E_PROTO: no node event of version 1: type',
    'E_PROTO: no node event of version 1: generation',
  ])
})
