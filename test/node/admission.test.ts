import { expect, test } from 'bun:test'
import { Admission } from '../../src/node/admission.ts'
import { afterPing, healthyEngine } from '../../src/node/engine-watchdog.ts'
import { describeShortage, type MeasuredFacts, type Shortage, shortagesOf } from '../../src/node/shortage.ts'
import { watermarksOf } from '../../src/node/watermarks.ts'

const gibibyte = 2 ** 30
const plenty: MeasuredFacts = {
  cpus: 8,
  load: 1,
  memoryBytes: 16 * gibibyte,
  freeMemoryBytes: 12 * gibibyte,
  diskBytes: 500 * gibibyte,
  freeDiskBytes: 100 * gibibyte,
  freeInodeShare: 0.5,
  freeWorkBytes: 50 * gibibyte,
  engine: 'ok',
}
const never = new AbortController().signal

function isSettled(work: Promise<unknown>): Promise<boolean> {
  return Promise.race([work.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))])
}

test('the room that a node keeps grows with its slots and not beyond a tenth of its disk', () => {
  const rows = [
    [{ slots: 1, diskBytes: 500 * gibibyte }, 5],
    [{ slots: 5, diskBytes: 500 * gibibyte }, 5],
    [{ slots: 20, diskBytes: 500 * gibibyte }, 20],
    [{ slots: 20, diskBytes: 100 * gibibyte }, 10],
    [{ slots: 1, diskBytes: 10 * gibibyte }, 1],
  ] as const
  for (const [machine, gibibytes] of rows) {
    const marks = watermarksOf(machine)
    expect(marks.startDiskBytes).toBe(gibibytes * gibibyte)
    expect(marks.cleanDiskBytes).toBeGreaterThan(1.25 * marks.startDiskBytes)
    expect(marks.cleanedDiskBytes).toBeGreaterThan(marks.cleanDiskBytes)
  }
})

test('a node is short of what is below its mark, and what was short must come back in plenty', () => {
  const marks = watermarksOf({ slots: 4, diskBytes: plenty.diskBytes })
  const rows: readonly (readonly [Partial<MeasuredFacts>, Shortage | null, Shortage | null])[] = [
    [{}, null, null],
    [{ freeDiskBytes: 5 * gibibyte }, null, 'disk'],
    [{ freeDiskBytes: 5 * gibibyte - 1 }, 'disk', 'disk'],
    [{ freeDiskBytes: 6.25 * gibibyte }, null, null],
    [{ freeInodeShare: 0.049 }, 'inodes', 'inodes'],
    [{ freeInodeShare: 0.06 }, null, 'inodes'],
    [{ freeWorkBytes: 0 }, 'work-disk', 'work-disk'],
    [{ freeMemoryBytes: 1.5 * gibibyte }, 'memory', 'memory'],
    [{ freeMemoryBytes: 1.9 * gibibyte }, null, 'memory'],
    [{ freeMemoryBytes: 2.1 * gibibyte }, null, null],
    [{ engine: 'hung' }, 'engine', 'engine'],
    [{ engine: 'gone' }, null, null],
  ]
  const all = new Set<Shortage>(['engine', 'disk', 'inodes', 'work-disk', 'memory'])
  for (const [change, fresh, again] of rows) {
    const facts = { ...plenty, ...change }
    const listed = (before: ReadonlySet<Shortage>) => [...shortagesOf(facts, marks, before)]
    expect(listed(new Set()), JSON.stringify(change)).toEqual(fresh === null ? [] : [fresh])
    expect(listed(all), JSON.stringify(change)).toEqual(again === null ? [] : [again])
  }
})

test('a person is told how much is left', () => {
  const facts = { ...plenty, freeDiskBytes: 1.5 * gibibyte, freeInodeShare: 0.004 }
  expect(
    (['engine', 'disk', 'inodes', 'memory'] as const).map((shortage) => describeShortage(shortage, facts)),
  ).toEqual([
    'Docker, which does not answer',
    'disk: 1.5 GiB free of 500 GiB',
    'inodes: 0.4 % free',
    'memory: 12.0 GiB free of 16.0 GiB',
  ])
})

test('an engine that missed three pings hangs, one that refuses is gone, and both are well when they answer', () => {
  const pings = ['answered', 'silent', 'silent', 'silent', 'answered', 'silent', 'gone', 'silent', 'answered'] as const
  let health = healthyEngine
  const states = pings.map((ping) => {
    health = afterPing(health, ping)
    return health.state
  })
  expect(states).toEqual(['ok', 'ok', 'ok', 'hung', 'ok', 'ok', 'gone', 'gone', 'ok'])
})

test('who comes while the node is short waits until there is plenty, and the reason is told once', async () => {
  const told: (string | null)[] = []
  const admission = new Admission({ slots: 4, onChange: (waitingFor) => told.push(waitingFor) })
  admission.observe(plenty)
  expect(await isSettled(admission.admit(never))).toBe(true)
  admission.observe({ ...plenty, freeDiskBytes: 4 * gibibyte })
  const waiting = [admission.admit(never), admission.admit(never)]
  admission.observe({ ...plenty, freeDiskBytes: 3 * gibibyte })
  expect(admission.waitingFor).toBe('disk: 3.0 GiB free of 500 GiB')
  admission.observe({ ...plenty, freeDiskBytes: 6 * gibibyte })
  expect(await isSettled(Promise.race(waiting))).toBe(false)
  admission.observe(plenty)
  expect(await isSettled(Promise.all(waiting))).toBe(true)
  expect(told).toEqual(['disk: 4.0 GiB free of 500 GiB', null])
})

test('a gate that is held stays closed whatever there is, and one that is released still wants what was short', async () => {
  const told: (string | null)[] = []
  const admission = new Admission({ slots: 4, onChange: (waitingFor) => told.push(waitingFor) })
  admission.hold('the lease ran out')
  const waiting = admission.admit(never)
  admission.observe({ ...plenty, freeMemoryBytes: 0 })
  admission.release()
  expect(await isSettled(waiting)).toBe(false)
  admission.observe(plenty)
  expect(await isSettled(waiting)).toBe(true)
  expect(told).toEqual(['the lease ran out', 'memory: 0 B free of 16.0 GiB', null])
})

test('who is told to stop while it waits does not begin, nor does who was told before', async () => {
  const admission = new Admission({ slots: 4, onChange: () => undefined })
  admission.hold('the lease ran out')
  const reason = new Error('enough')
  const giveUp = new AbortController()
  const waiting = admission.admit(giveUp.signal)
  giveUp.abort(reason)
  expect(await waiting.catch((error: unknown) => error)).toBe(reason)
  admission.release()
  expect(await admission.admit(giveUp.signal).catch((error: unknown) => error)).toBe(reason)
})

test('more slots want more room', () => {
  const admission = new Admission({ slots: 4, onChange: () => undefined })
  const facts = { ...plenty, freeDiskBytes: 8 * gibibyte }
  admission.observe(facts)
  expect(admission.waitingFor).toBeNull()
  admission.setSlots(10)
  admission.observe(facts)
  expect(admission.waitingFor).toBe('disk: 8.0 GiB free of 500 GiB')
})
