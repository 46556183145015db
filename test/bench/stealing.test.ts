import { expect, test } from 'bun:test'
import { boundMs } from './makespan-fleet.ts'
import { runWithAndWithoutStealing } from './stealing.ts'

test('where one node holds all that is long, others take of it, and the run ends much sooner', () => {
  const { load, with: stolen, without } = runWithAndWithoutStealing()
  expect(without.stolen).toBe(0)
  expect(stolen.stolen).toBeGreaterThan(20)
  expect(stolen.makespanMs).toBeLessThan(1.25 * boundMs(load))
  expect(without.makespanMs).toBeGreaterThan(2 * stolen.makespanMs)
})
