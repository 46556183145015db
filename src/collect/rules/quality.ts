import type { FlagName } from '../quality/flag.ts'
import type { Rule } from './rule.ts'

export interface QualitySettings {
  /** From 0 to 1; 0 drops nothing. */
  readonly minQuality: number
  readonly dropFlags: readonly FlagName[]
}

/** Drops by the quality of the statement and its tests, only where that was asked for. */
export function qualityRules({ minQuality, dropFlags }: QualitySettings): readonly Rule[] {
  return minQuality > 0 || dropFlags.length > 0 ? [qualityRule(minQuality, new Set(dropFlags))] : []
}

function qualityRule(minQuality: number, dropFlags: ReadonlySet<FlagName>): Rule {
  return {
    name: 'quality',
    check: ({ quality }) => {
      const flag = quality.flags.find(({ flag }) => dropFlags.has(flag))
      if (flag !== undefined) return { drop: `${flag.flag}: ${flag.explanation}` }
      if (quality.score >= minQuality) return 'keep'
      const flags = quality.flags.map(({ flag, explanation }) => `${flag}: ${explanation}`)
      return { drop: `quality ${quality.score} is below ${minQuality}: ${flags.join('; ')}` }
    },
  }
}
