import { expect, test } from 'bun:test'
import { type Capacity, defaultLimits, defaultSlots } from '../../src/domain/capacity.ts'

const gibibyte = 2 ** 30
const large = { cpus: 32, memoryBytes: 256 * gibibyte, freeDiskBytes: 2000 * gibibyte }

test('what there is least of decides how many slots a machine has, and it has one at least', () => {
  const rows: readonly (readonly [Capacity, number])[] = [
    [large, 32],
    [{ ...large, cpus: 7.5 }, 7],
    [{ ...large, memoryBytes: 15 * gibibyte }, 3],
    [{ ...large, freeDiskBytes: 59 * gibibyte }, 5],
    [{ ...large, freeDiskBytes: 0 }, 1],
    [{ cpus: 32, memoryBytes: 256 * gibibyte }, 32],
    [{ cpus: 0.5, memoryBytes: gibibyte }, 1],
    [{ cpus: 512, memoryBytes: 4096 * gibibyte }, 64],
  ]
  for (const [capacity, slots] of rows) expect(defaultSlots(capacity), JSON.stringify(capacity)).toBe(slots)
})

test("containers of all slots together leave a fifth of the machine's memory", () => {
  expect(defaultLimits(large, 32)).toMatchObject({ cpus: 4, memoryBytes: Math.floor((0.8 * 256 * gibibyte) / 32) })
  expect(defaultLimits(large, 1)).toMatchObject({ cpus: 4, memoryBytes: 24 * gibibyte })
  expect(defaultLimits({ ...large, cpus: 2 }, 1)).toMatchObject({ cpus: 2 })
})
