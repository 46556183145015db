import { expect, test } from 'bun:test'
import { type Attempt, type AttemptEvent, advance, freshAttempt, leasesOf } from '../../src/domain/attempt.ts'
import type { FaultKind } from '../../src/domain/fault.ts'

const policy = { maxFaults: 3, waitsMs: [10, 100] }
const lease = { node: 'n1', generation: 1, grantedAtMs: 5 }
const fault = { kind: 'engine-failed', message: 'boom' } as const
const verdict = { kind: 'unsolvable', explanation: 'no tests' } as const

function after(...events: AttemptEvent[]): Attempt {
  return events.reduce<Attempt>((attempt, event) => advance(attempt, event, policy), freshAttempt)
}

test('an attempt goes from queued over leased and running to settled', () => {
  const held = { generation: 1, lease, twin: null, faults: [] }
  expect(after({ type: 'leased', lease })).toEqual({ state: 'leased', ...held })
  const running = { type: 'stage', generation: 1, iteration: 2, stage: 'build', atMs: 7 } as const
  expect(after({ type: 'leased', lease }, running)).toEqual({
    state: 'running',
    ...held,
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

test('what a lease that is over says changes nothing, but for the first verdict', () => {
  const again = after(
    { type: 'leased', lease },
    { type: 'lost', generation: 1, message: 'gone', atMs: 6 },
    { type: 'leased', lease: { ...lease, node: 'n2', generation: 2 } },
  )
  expect(advance(again, { type: 'faulted', generation: 1, fault, atMs: 9 }, policy)).toBe(again)
  expect(advance(again, { type: 'released', generation: 1 }, policy)).toBe(again)
  expect(advance(again, { type: 'leased', lease }, policy)).toBe(again)
  const late = advance(again, { type: 'settled', generation: 1, verdict, atMs: 9 }, policy)
  expect(late).toMatchObject({ state: 'settled', generation: 2 })
  const rejected = { kind: 'rejected', reason: 'build-failed', explanation: '' } as const
  expect(advance(late, { type: 'settled', generation: 2, verdict: rejected, atMs: 10 }, policy)).toBe(late)
})

test('a verdict of a lease that was never given counts for nothing', () => {
  const held = after({ type: 'leased', lease })
  expect(advance(held, { type: 'settled', generation: 2, verdict, atMs: 9 }, policy)).toBe(held)
})

const twin = { node: 'n2', generation: 2, grantedAtMs: 6 }

test('a second lease is a twin, there is no third, and the one that is left goes on with nothing held against it', () => {
  const both = after({ type: 'leased', lease }, { type: 'leased', lease: twin })
  expect(both).toMatchObject({ state: 'leased', generation: 2, lease, twin })
  expect(leasesOf(both)).toEqual([lease, twin])
  expect(advance(both, { type: 'leased', lease: { ...twin, generation: 3 } }, policy)).toBe(both)
  const first = { type: 'faulted', generation: 1, fault, atMs: 9 } as const
  expect(advance(both, first, policy)).toEqual({ state: 'leased', generation: 2, lease: twin, twin: null, faults: [] })
  expect(advance(both, { ...first, generation: 2 }, policy)).toMatchObject({ lease, twin: null, faults: [] })
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

test('faults of a node use up no try, unless there are ten of them', () => {
  const ofNodes = ['node-lost', 'engine-unreachable', 'disk-full'] as const
  const nine = [...ofNodes, ...ofNodes, ...ofNodes]
  expect(afterFaults(...nine, 'engine-failed')).toMatchObject({ state: 'queued' })
  expect(afterFaults(...nine, 'node-lost')).toMatchObject({ state: 'faulted' })
})

test('what a node held that died may be done elsewhere at once', () => {
  const lost = after({ type: 'leased', lease }, { type: 'lost', generation: 1, message: 'n1 died', atMs: 77 })
  expect(lost).toEqual({
    state: 'queued',
    generation: 1,
    notBeforeMs: 0,
    faults: [{ kind: 'node-lost', message: 'n1 died', atMs: 77, node: 'n1' }],
  })
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
