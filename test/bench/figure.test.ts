import { expect, test } from 'bun:test'
import { type Figure, type Goal, judged } from './figure.ts'
import { tableOf } from './report.ts'

function figure(goal: Goal, measured: readonly number[], floor: readonly number[]): Figure {
  return {
    kind: 'figure',
    unit: 'ms',
    measured: { of: 'ours', values: measured },
    floor: { of: 'theirs', values: floor },
    goal,
  }
}

test('a round in which the machine was busy for both changes neither ratio nor difference', () => {
  const { median } = judged(figure({ of: 'ratio', atMost: 1.05 }, [11, 110, 11], [10, 100, 10]))
  expect(median).toEqual({ measured: 11, floor: 10, ratio: 1.1, difference: 1 })
})

test('the median of an even number of rounds lies between the two in the middle', () => {
  expect(judged(figure({ of: 'measured', atMost: 5 }, [1, 4, 2, 9], [1, 1, 1, 1])).median.measured).toBe(3)
})

test('a goal is held against what it is about, at its bound included', () => {
  const isOk = (goal: Goal) => judged(figure(goal, [12], [10])).isOk
  expect([isOk({ of: 'ratio', atMost: 1.2 }), isOk({ of: 'ratio', atMost: 1.1 })]).toEqual([true, false])
  expect([isOk({ of: 'difference', atMost: 2 }), isOk({ of: 'difference', atMost: 1 })]).toEqual([true, false])
  expect([isOk({ of: 'measured', atMost: 12 }), isOk({ of: 'measured', atMost: 11 })]).toEqual([true, false])
})

test('the table says which goals are missed, what was skipped and why, and that the machine was busy', () => {
  const machine = { cpus: 2, model: 'CPU', memoryBytes: 8e9, system: 'Linux 6', bun: '1.4.5' }
  const slow = { bench: 'one', result: figure({ of: 'ratio', atMost: 1.05 }, [30, 20], [10, 10]), loadPerCore: 1.5 }
  const skipped = { bench: 'two', result: { kind: 'skipped', of: 'b', why: 'no docker CLI' }, loadPerCore: 0 } as const
  expect(tableOf(machine, [slow, skipped])).toMatchInlineSnapshot(`
    "2 CPUs (CPU), 8 GB, Linux 6, Bun 1.4.5

    bench  measured: median (min)  floor: median (min)  ratio: median (of min)  difference  goal          n  load
    one    25.0 ms (20.0 ms)       10.0 ms (10.0 ms)    2.50 (2.00)             15.0 ms     ratio ≤ 1.05  2  1.5   over
    two    skipped: no docker CLI

    one: ours
      floor: theirs

    two: b

    The machine was busy: up to 1.5 processes a core (load). Times are longer than on a quiet one.
    "
  `)
})
