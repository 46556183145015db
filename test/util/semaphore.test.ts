import { expect, test } from 'bun:test'
import { KeyedLock, Semaphore } from '../../src/util/semaphore.ts'

/** Runs jobs that each wait for a turn of the event loop, and tells the most that were inside at once. */
async function mostAtOnce(
  jobs: number,
  enter: (job: number, work: () => Promise<void>) => Promise<void>,
): Promise<number> {
  let inside = 0
  let most = 0
  const work = async () => {
    inside += 1
    most = Math.max(most, inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside -= 1
  }
  await Promise.all(Array.from({ length: jobs }, (_, job) => enter(job, work)))
  return most
}

test('a semaphore lets at most its limit in', async () => {
  const semaphore = new Semaphore(3)
  expect(await mostAtOnce(20, (_, work) => semaphore.with(work))).toBe(3)
})

test('a place is given back when the work fails', async () => {
  const semaphore = new Semaphore(1)
  await expect(semaphore.with(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await semaphore.with(async () => 'in')).toBe('in')
})

test('a keyed lock runs one at a time for a key and others beside it', async () => {
  const lock = new KeyedLock()
  expect(await mostAtOnce(10, (_, work) => lock.with('same', work))).toBe(1)
  expect(await mostAtOnce(10, (job, work) => lock.with(`${job % 2}`, work))).toBe(2)
})
