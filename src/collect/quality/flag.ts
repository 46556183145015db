import type { PatchFile } from '../../domain/patch.ts'

export const flagNames = ['gives-solution', 'thin', 'only-link', 'wide-patch', 'misaligned'] as const

export type FlagName = (typeof flagNames)[number]

/** What speaks for a flag. */
export interface Evidence {
  /** From 0 to 1: how sure, and how bad. */
  readonly score: number
  /** One sentence without a stop, naming what was found. */
  readonly explanation: string
}

/** What the rules of quality look at. */
export interface QualityFacts {
  readonly statement: string
  /** Files outside tests, and tests, whichever patch they stand in. */
  readonly sources: readonly PatchFile[]
  readonly tests: readonly PatchFile[]
}

/** One row of the table: how something speaks for a flag, or null where it does not. */
export interface QualityRule {
  readonly flag: FlagName
  look(facts: QualityFacts): Evidence | null
}
