import { expect, test } from 'bun:test'
import { type Attempt, type AttemptEvent, advance, freshAttempt } from '../../src/domain/attempt.ts'
import type { FaultKind } from '../../src/domain/fault.ts'

const policy = { maxFaults: 3, waitsMs: [10, 100] }
const lease = { node: 'n1', generation: 1, grantedAtMs: 5 }
const fault = { kind: 'engine-failed', message: 'boom' } as const
const verdict = { kind: 'unsolvable', explanation: 'no tests' } as const

function after(...events: AttemptEvent[]): Attempt {
  return events.reduce<Attempt>((attempt, event) => advance(attempt, event, policy), freshAttempt)
}

test('an attempt goes from queued over leased and running to settled', () => {
  const leased = { state: 'leased', generation: 1, lease, twin: null, faults: [] } as const
  expect(after({ type: 'leased', lease })).toEqual(leased)
  const running = { type: 'stage', generation: 1, iteration: 2, stage: 'build', atMs: 7 } as const
  expect(after({ type: 'leased', lease }, running)).toEqual({
    ...leased,
    state: 'running',
    iteration: 2,
    stage: 'build',
    stageSinceMs: 7,
  })
  expect(after({ type: 'leased', lease }, running, { type: 'settled', generation: 1, verdict, atMs: 9 })).toEqual({
    state: 'settled',
    generation: 1,
    verdict,
    settledAtMs: 9,
    faults: [],
  })
})

test('an event of a lease that is over leaves an attempt as it was', () => {
  const queued = after({ type: 'leased', lease }, { type: 'released', generation: 1 })
  const held = advance(queued, { type: 'leased', lease: { ...lease, generation: 2 } }, policy)
  expect(advance(held, { type: 'stage', generation: 1, iteration: 1, stage: 'build', atMs: 9 }, policy)).toBe(held)
  expect(advance(held, { type: 'faulted', generation: 1, fault, atMs: 9 }, policy)).toBe(held)
  expect(advance(held, { type: 'released', generation: 1 }, policy)).toBe(held)
  expect(advance(queued, { type: 'leased', lease }, policy)).toBe(queued)
})

test('a verdict counts from a lease that is over too, since its work is done, but none from a lease that never was', () => {
  const queued = after({ type: 'leased', lease }, { type: 'released', generation: 1 })
  const late = { type: 'settled', generation: 1, verdict, atMs: 9 } as const
  expect(advance(queued, late, policy)).toMatchObject({ state: 'settled', verdict })
  const held = advance(queued, { type: 'leased', lease: { ...lease, generation: 2 } }, policy)
  expect(advance(held, late, policy)).toMatchObject({ state: 'settled', verdict, generation: 2 })
  expect(advance(queued, { ...late, generation: 2 }, policy)).toBe(queued)
})

const second = { node: 'n2', generation: 2, grantedAtMs: 8 }

test('a straggler may be done twice: each lease can be lost, and the first verdict counts', () => {
  const twice = after({ type: 'leased', lease }, { type: 'leased', lease: second })
  expect(twice).toEqual({ state: 'leased', generation: 2, lease, twin: second, faults: [] })
  expect(advance(twice, { type: 'leased', lease: { ...lease, generation: 3 } }, policy)).toBe(twice)
  const first = { type: 'settled', generation: 2, verdict, atMs: 9 } as const
  expect(advance(twice, first, policy)).toMatchObject({ state: 'settled', verdict })
  const withoutTwin = advance(twice, { type: 'released', generation: 2 }, policy)
  expect(withoutTwin).toEqual({ state: 'leased', generation: 2, lease, twin: null, faults: [] })
  const onlyTwin = advance(twice, { type: 'released', generation: 1 }, policy)
  expect(onlyTwin).toEqual({ state: 'leased', generation: 2, lease: second, twin: null, faults: [] })
  expect(advance(onlyTwin, { type: 'released', generation: 2 }, policy)).toMatchObject({
    state: 'queued',
    generation: 2,
  })
})

test('the death of a node counts as no try, until so many died under an attempt that it may be what kills them', () => {
  const dies = (generation: number): AttemptEvent[] => [
    { type: 'leased', lease: { ...lease, generation } },
    { type: 'lost', generation, message: 'n1 died', atMs: 1000 * generation },
  ]
  const deaths = Array.from({ length: 10 }, (_, index) => dies(index + 1))
  expect(after(...deaths.slice(0, 9).flat())).toMatchObject({ state: 'queued', generation: 9 })
  expect(after(...deaths.flat())).toMatchObject({ state: 'faulted', generation: 10 })
})

test('nothing moves a settled attempt', () => {
  const settled = after({ type: 'leased', lease }, { type: 'settled', generation: 1, verdict, atMs: 9 })
  expect(advance(settled, { type: 'faulted', generation: 1, fault, atMs: 10 }, policy)).toBe(settled)
  expect(advance(settled, { type: 'leased', lease: { ...lease, generation: 2 } }, policy)).toBe(settled)
})

test('a fault puts an attempt back with a longer wait each time, and the last one leaves it faulted', () => {
  const events: AttemptEvent[] = [1, 2, 3].flatMap((generation) => [
    { type: 'leased', lease: { ...lease, generation } },
    { type: 'faulted', generation, fault, atMs: 1000 * generation },
  ])
  expect(after(...events.slice(0, 2))).toMatchObject({ state: 'queued', generation: 1, notBeforeMs: 1010 })
  expect(after(...events.slice(0, 4))).toMatchObject({ state: 'queued', generation: 2, notBeforeMs: 2100 })
  expect(after(...events)).toEqual({
    state: 'faulted',
    generation: 3,
    faults: [1, 2, 3].map((n) => ({ ...fault, node: 'n1', atMs: 1000 * n })),
  })
})

/** Leased again after each of these faults. */
function afterFaults(...kinds: readonly FaultKind[]): Attempt {
  return after(
    ...kinds.flatMap((kind, index): AttemptEvent[] => [
      { type: 'leased', lease: { ...lease, generation: index + 1 } },
      { type: 'faulted', generation: index + 1, fault: { kind, message: '' }, atMs: 1000 },
    ]),
  )
}

test('a fault of the model or of the budget of all uses up no try', () => {
  const shared = ['model-unreachable', 'model-refused', 'budget-spent', 'interrupted'] as const
  expect(afterFaults(...shared, ...shared, 'engine-failed', 'engine-failed')).toMatchObject({ state: 'queued' })
  expect(afterFaults(...shared, 'engine-failed', 'engine-failed', 'engine-failed')).toMatchObject({ state: 'faulted' })
})

test('an instance whose budget is spent is left alone at once, and queued where it was by a later run', () => {
  const faulted = afterFaults('instance-budget-spent')
  expect(faulted).toMatchObject({ state: 'faulted', generation: 1 })
  expect(advance(faulted, { type: 'requeued' }, policy)).toEqual({
    state: 'queued',
    generation: 1,
    notBeforeMs: 0,
    faults: [],
  })
})

test('only what is faulted is queued again', () => {
  const settled = after({ type: 'leased', lease }, { type: 'settled', generation: 1, verdict, atMs: 9 })
  expect(advance(settled, { type: 'requeued' }, policy)).toBe(settled)
  const leased = after({ type: 'leased', lease })
  expect(advance(leased, { type: 'requeued' }, policy)).toBe(leased)
})

test('what is over is queued again where its verdict does not hold any more, and nothing else is', () => {
  const settled = after({ type: 'leased', lease }, { type: 'settled', generation: 1, verdict, atMs: 9 })
  expect(advance(settled, { type: 'reopened' }, policy)).toEqual({
    state: 'queued',
    generation: 1,
    notBeforeMs: 0,
    faults: [],
  })
  const leased = after({ type: 'leased', lease })
  expect(advance(leased, { type: 'reopened' }, policy)).toBe(leased)
})

test('what waits can be spared, what is held or over cannot, and a later run may take it up where it was', () => {
  const spared = after({ type: 'spared' })
  expect(spared).toEqual({ state: 'spared', generation: 0, faults: [] })
  expect(advance(spared, { type: 'leased', lease }, policy)).toBe(spared)
  expect(advance(spared, { type: 'requeued' }, policy)).toEqual(after())
  const leased = after({ type: 'leased', lease })
  expect(advance(leased, { type: 'spared' }, policy)).toBe(leased)
  const settled = after({ type: 'leased', lease }, { type: 'settled', generation: 1, verdict, atMs: 9 })
  expect(advance(settled, { type: 'spared' }, policy)).toBe(settled)
})

test('what is given back holds nothing against the attempt', () => {
  expect(after({ type: 'leased', lease }, { type: 'released', generation: 1 })).toEqual({
    state: 'queued',
    generation: 1,
    notBeforeMs: 0,
    faults: [],
  })
})
