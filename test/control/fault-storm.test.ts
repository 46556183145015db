import { expect, test } from 'bun:test'
import { afterFault, calm, type FaultStorm } from '../../src/control/fault-storm.ts'

function pausesOf(count: number, slots: number): FaultStorm[] {
  const storms: FaultStorm[] = []
  for (let n = 0; n < count; n += 1) storms.push(afterFault(storms.at(-1) ?? calm, 'engine-unreachable', slots, 0))
  return storms
}

test('one fault a slot pauses nothing, more of them pause longer each time, and twelve end the run', () => {
  const storms = pausesOf(12, 2)
  expect(storms.map((storm) => storm.pausedUntilMs / 1000)).toEqual([0, 0, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60])
  expect(storms.findIndex((storm) => storm.isOver)).toBe(11)
})

test('many slots that fail at once are one hiccup', () => {
  expect(pausesOf(40, 40).some((storm) => storm.isOver || storm.pausedUntilMs > 0)).toBe(false)
})

test('a fault of one instance says nothing about the machine', () => {
  expect(afterFault(calm, 'repository-unreachable', 1, 0)).toBe(calm)
})
