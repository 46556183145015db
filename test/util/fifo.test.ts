import { expect, test } from 'bun:test'
import { Fifo } from '../../src/util/fifo.ts'

test('what came first goes first, whatever comes meanwhile', () => {
  const fifo = new Fifo<number>()
  const taken: (number | undefined)[] = []
  for (let number = 0; number < 1000; number += 1) {
    fifo.push(number)
    if (number % 3 === 0) taken.push(fifo.shift())
  }
  while (fifo.first !== undefined) taken.push(fifo.shift())
  expect(taken.map(Number)).toEqual(Array.from({ length: 1000 }, (_, number) => number))
  expect(fifo.shift()).toBeUndefined()
  fifo.push(7)
  expect(fifo.shift()).toBe(7)
})
