import { expect, test } from 'bun:test'
import { faultKinds } from './scenario.ts'
import { type Simulated, simulate } from './world.ts'

function failuresOf(first: number, count: number): readonly Simulated[] {
  const results = Array.from({ length: count }, (_, index) => simulate(first + index))
  return results.filter(({ violation }) => violation !== null)
}

// In parts, so that none takes longer than a test may.
for (let first = 1; first <= 2000; first += 250) {
  test(`what must hold holds through whatever goes wrong by seeds ${first} to ${first + 249}`, () => {
    expect(failuresOf(first, 250).map(({ seed, violation }) => ({ seed, ...violation }))).toEqual([])
  })
}

test('a seed gives the same trace each time, and another one another', () => {
  const hashes = [7, 8, 9].map((seed) => simulate(seed).hash)
  expect([7, 8, 9].map((seed) => simulate(seed).hash)).toEqual(hashes)
  expect(new Set(hashes).size).toBe(3)
})

test('every kind of fault comes about', () => {
  const seen = new Set(Array.from({ length: 60 }, (_, seed) => [...simulate(seed).faults.keys()]).flat())
  expect(faultKinds.filter((kind) => !seen.has(kind))).toEqual([])
})
