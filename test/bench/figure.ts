/** What was measured of one thing, in the order it was taken. */
export interface Samples {
  readonly of: string
  readonly values: readonly number[]
}

export interface Goal {
  /** `difference` is measured minus floor; `measured` leaves the floor out. */
  readonly of: 'ratio' | 'difference' | 'measured'
  readonly atMost: number
}

/** Something measured, and what it is held against: measured in the same run, by turns with it. */
export interface Figure {
  readonly kind: 'figure'
  readonly unit: 'ms' | 'MB' | 'KB' | 'h'
  readonly measured: Samples
  readonly floor: Samples
  readonly goal: Goal
}

/** What could not be measured: `skipped` for want of something on this machine, `broken` where that is our fault. */
interface Unmeasured {
  readonly kind: 'skipped' | 'broken'
  readonly of: string
  readonly why: string
}

export type Result = Figure | Unmeasured

export function isMissed(result: Result): boolean {
  return result.kind === 'figure' ? !judged(result).isOk : result.kind === 'broken'
}

/** A figure's numbers, by medians or by minima. */
export interface Reckoning {
  readonly measured: number
  readonly floor: number
  readonly ratio: number
  readonly difference: number
}

export interface Judged {
  /** Ratio and difference are medians of those of each round: its two works met the same load. */
  readonly median: Reckoning
  readonly min: Reckoning
  /** By the medians: the minima are shown, but they tell what the machine can do and not what people get. */
  readonly isOk: boolean
}

export function judged({ measured, floor, goal }: Figure): Judged {
  const rounds = measured.values.map((value, round) => reckon(value, floor.values[round] ?? Number.NaN))
  const medianBy = (of: keyof Reckoning) => medianOf(rounds.map((round) => round[of]))
  const median = {
    measured: medianBy('measured'),
    floor: medianBy('floor'),
    ratio: medianBy('ratio'),
    difference: medianBy('difference'),
  }
  const min = reckon(Math.min(...measured.values), Math.min(...floor.values))
  return { median, min, isOk: median[goal.of] <= goal.atMost }
}

function reckon(measured: number, floor: number): Reckoning {
  return { measured, floor, ratio: measured / floor, difference: measured - floor }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}
