import type { DecontaminateSettings, Decontamination } from './decontaminate.ts'
import { type FurtherSettings, furtherRules } from './rules/further.ts'
import { nearDuplicateRule } from './rules/near-duplicate.ts'
import { type PaperSettings, paperRules } from './rules/paper.ts'
import { type QualitySettings, qualityRules } from './rules/quality.ts'
import type { Rule } from './rules/rule.ts'

export interface FilterSettings extends PaperSettings, FurtherSettings, QualitySettings, DecontaminateSettings {
  readonly keepDuplicates: boolean
}

/** The rules in the order they are asked: the paper's, ours, what must be kept out, and what was there before. */
export function rulesOf(settings: FilterSettings, against: Decontamination | null): readonly Rule[] {
  return [
    ...paperRules(settings),
    ...furtherRules(settings),
    ...(against === null ? [] : [against.rule(settings)]),
    ...qualityRules(settings),
    ...(settings.keepDuplicates ? [] : [nearDuplicateRule(settings.similarity)]),
  ]
}
