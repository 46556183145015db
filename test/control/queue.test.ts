import { expect, test } from 'bun:test'
import { avoidanceAfter, mayGoTo, Queue, type Waiting } from '../../src/control/queue.ts'

const hourMs = 3_600_000

function waiting(attempt: number, repo: string, fields: Partial<Waiting> = {}): Waiting {
  return { attempt, repo, notBeforeMs: 0, avoid: null, ...fields }
}

function queueOf(...all: readonly Waiting[]): Queue {
  const queue = new Queue()
  for (const one of all) queue.add(one)
  return queue
}

function takenBy(queue: Queue, node: string, count: number, nowMs = 0): (number | undefined)[] {
  return Array.from({ length: count }, () => queue.take(node, false, nowMs)?.attempt)
}

test('what is expected to take longest comes first, by what attempts of its repository took', () => {
  const queue = queueOf(waiting(1, 'short'), waiting(2, 'long'), waiting(3, 'short'), waiting(4, 'long'))
  queue.learn('short', 5, 5 * hourMs)
  queue.learn('long', 5, 50 * hourMs)
  expect(takenBy(queue, 'n1', 5)).toEqual([2, 4, 1, 3, undefined])
  expect(queue.size).toBe(0)
})

test('of what nothing is known the first comes before what is usual', () => {
  const queue = queueOf(waiting(1, 'usual'), waiting(2, 'new'), waiting(3, 'new'))
  queue.learn('usual', 50, 50 * hourMs)
  expect(takenBy(queue, 'n1', 1)).toEqual([2])
})

test('what runs for long says that others of its repository may too', () => {
  const queue = queueOf(waiting(1, 'a'), waiting(2, 'b'))
  queue.learn('a', 20, 20 * hourMs)
  queue.learn('b', 20, 19 * hourMs)
  queue.learnAtLeast('b', 30 * hourMs)
  expect(takenBy(queue, 'n1', 2)).toEqual([2, 1])
  expect(queue.expectedMs('b')).toBeLessThan(2 * hourMs)
})

test('those of one repository go to one node where they are about as long as others', () => {
  const queue = queueOf(waiting(1, 'a'), waiting(2, 'b'), waiting(3, 'a'), waiting(4, 'b'))
  for (const repo of ['a', 'b']) queue.learn(repo, 100, 100 * hourMs)
  expect(takenBy(queue, 'n1', 1)).toEqual([1])
  expect(takenBy(queue, 'n2', 2)).toEqual([2, 4])
  expect(takenBy(queue, 'n1', 1)).toEqual([3])
})

test('what a node that is gone had begun with is anybody’s', () => {
  const queue = queueOf(waiting(1, 'a'), waiting(2, 'a'), waiting(3, 'b'))
  for (const repo of ['a', 'b']) queue.learn(repo, 100, 100 * hourMs)
  takenBy(queue, 'n1', 1)
  queue.leave('n1')
  queue.add(waiting(1, 'a'))
  expect(takenBy(queue, 'n2', 3).toSorted()).toEqual([1, 2, 3])
})

test('what waits after a fault comes after what is fresh, not before its time, and elsewhere for a while', () => {
  const avoid = { node: 'n1', untilMs: 5000 }
  const queue = queueOf(waiting(1, 'a', { notBeforeMs: 1000, avoid }), waiting(2, 'a'))
  expect(takenBy(queue, 'n2', 2, 999)).toEqual([2, undefined])
  expect(queue.take('n1', false, 4999)).toBeNull()
  expect(queue.take('n1', false, 5000)?.attempt).toBe(1)
})

test('where there is no other node, a fault is no reason to wait for one', () => {
  const queue = queueOf(waiting(1, 'a', { avoid: { node: 'n1', untilMs: 5000 } }))
  expect(queue.take('n1', true, 0)?.attempt).toBe(1)
})

test('a node is avoided where an attempt failed, and not because the node died', () => {
  const fault = { message: '', node: 'n1', atMs: 1000 }
  expect(avoidanceAfter([])).toBeNull()
  expect(avoidanceAfter([{ ...fault, kind: 'node-lost' }])).toBeNull()
  const avoid = avoidanceAfter([{ ...fault, kind: 'engine-failed' }])
  expect([mayGoTo('n1', avoid, 2000), mayGoTo('n2', avoid, 2000)]).toEqual([false, true])
})

test('what is removed is not taken, and what is added again is', () => {
  const queue = queueOf(waiting(1, 'a'), waiting(2, 'a'))
  queue.remove(1, 'a')
  queue.remove(9, 'a')
  queue.remove(1, 'never')
  expect(queue.size).toBe(1)
  queue.add(waiting(1, 'a'))
  expect(takenBy(queue, 'n1', 3)).toEqual([1, 2, undefined])
})
