/** Is given the number of the round, so that it can do something new in each; the first, which is not counted, is 0. */
type Work = (round: number) => Promise<unknown>

export interface Turns {
  readonly measured: readonly number[]
  readonly floor: readonly number[]
}

/**
 * Milliseconds of two works, one after the other and in either order, so that the machine's load meets both alike. What
 * `tidy` does after each of them is not counted.
 */
export async function byTurns(rounds: number, measured: Work, floor: Work, tidy?: Work): Promise<Turns> {
  const times = { measured: [] as number[], floor: [] as number[] }
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? (['measured', 'floor'] as const) : (['floor', 'measured'] as const)
    for (const which of order) {
      const beganMs = performance.now()
      await { measured, floor }[which](round)
      if (round > 0) times[which].push(performance.now() - beganMs)
      await tidy?.(round)
    }
  }
  return times
}
