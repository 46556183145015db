const gibibyte = 2 ** 30

/** How much must be free. Shares are of 1. */
export interface Watermarks {
  /** Below it no build and no container is begun. */
  readonly startDiskBytes: number
  /** Below it the janitor removes what nobody needs, until as much is free as the next mark says. */
  readonly cleanDiskBytes: number
  readonly cleanedDiskBytes: number
  readonly startInodeShare: number
  readonly cleanInodeShare: number
  readonly cleanedInodeShare: number
  /** Where checkouts and the outbox are. */
  readonly startWorkBytes: number
  readonly startMemoryShare: number
}

/**
 * Every slot may be writing when one more begins, so that more slots want more room; a small disk is not kept empty for
 * it. Containers take four fifths of the memory at most: where less than a tenth is free, something else has it.
 */
export function watermarksOf(machine: { readonly diskBytes: number; readonly slots: number }): Watermarks {
  const startDiskBytes = Math.min(Math.max(5, machine.slots) * gibibyte, Math.floor(machine.diskBytes / 10))
  return {
    startDiskBytes,
    cleanDiskBytes: 2 * startDiskBytes,
    cleanedDiskBytes: 3 * startDiskBytes,
    startInodeShare: 0.05,
    cleanInodeShare: 0.1,
    cleanedInodeShare: 0.15,
    startWorkBytes: gibibyte / 4,
    startMemoryShare: 0.1,
  }
}

/** What was short must come back to this many times its mark, or work would begin and wait by turns. */
export const enoughFactor = 1.25
