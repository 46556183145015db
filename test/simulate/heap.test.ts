import { expect, test } from 'bun:test'
import { Heap } from './heap.ts'

test('a heap gives back what it was given, first things first', () => {
  const heap = new Heap<number>((a, b) => a < b)
  const given = Array.from({ length: 500 }, (_, n) => (n * 7919) % 503)
  for (const item of given.slice(0, 300)) heap.push(item)
  const first = Array.from({ length: 100 }, () => heap.pop())
  for (const item of given.slice(300)) heap.push(item)
  const rest = Array.from({ length: 400 }, () => heap.pop())
  expect(first).toEqual(
    given
      .slice(0, 300)
      .sort((a, b) => a - b)
      .slice(0, 100),
  )
  expect(rest).toEqual(rest.toSorted((a = 0, b = 0) => a - b))
  expect([...first, ...rest].sort()).toEqual([...given].sort())
  expect(heap.pop()).toBeUndefined()
})
