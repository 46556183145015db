import * as v from 'valibot'
import type { CurationSettings } from '../curation/curate.ts'
import { type CurationRuleName, curationRules } from '../curation/rules/all-rules.ts'
import { type RuleEffect, ruleEffects } from '../curation/rules/rule.ts'
import { argumentForms } from '../export/chat.ts'
import { environmentFormats } from '../export/environments.ts'
import { tooLongPolicies } from '../export/length-limit.ts'
import { maskedPolicies, type TrajectoryFormat, trajectoryFormats } from '../export/training-row.ts'
import type { TrajectoryExport } from '../export/training-set.ts'
import { type OptionRow, optionName } from './command.ts'
import { database, databaseOption } from './database-option.ts'
import { decimal, list, oneOf, text, wholeNumber } from './option-values.ts'
import { rolloutOptions } from './rollout-options.ts'

const group = 'Options of trajectories'

const ruleNames = curationRules.map(({ name }) => name)
const dropping = curationRules.filter(({ effect }) => effect === 'drop').map(({ name }) => name)

export const exportOptionRows: readonly OptionRow[] = [
  {
    name: 'format',
    value: 'FORMAT',
    description: `For trajectories: jsonl (OpenAI messages with a mask a step), sharegpt (LLaMA-Factory) or parquet (verl); for environments: jsonl (as OpenSWE publishes), swebench, swe-rebench, dir (a folder an instance) or harbor (tasks)`,
  },
  { name: 'out', value: 'PATH', description: 'The file, or the new folder, to write' },
  databaseOption,
  {
    name: 'keep',
    value: 'BAND',
    description: 'Only instances that so many tries of a solver resolved, such as 1-2/4 (default: all)',
    group,
  },
  {
    name: 'rules',
    value: 'LIST',
    description: `What is done about ${ruleNames.join(', ')}: such as tool-error=off,test-edit=drop (default: drop for ${dropping.join(', ')}, mask for the others)`,
    group,
  },
  {
    name: 'similarity',
    value: 'SHARE',
    description: 'Drop a rollout at least this much like another of its instance, from 0 to 1 (default: 0.9)',
    group,
  },
  {
    name: 'max-tokens',
    value: 'N',
    description: 'Tokens in a trajectory at most, estimated as characters / 4 (default: any)',
    group,
  },
  {
    name: 'too-long',
    value: 'WHAT',
    description: 'With --max-tokens: drop, or truncate after the last reply that fits (default: drop)',
    group,
  },
  {
    name: 'masked',
    value: 'WHAT',
    description:
      'leave-out or keep trajectories with masked steps in sharegpt and parquet, whose readers train on every step (default: leave-out)',
    group,
  },
  {
    name: 'arguments',
    value: 'FORM',
    description: 'How the arguments of calls are written: text, with JSON in it, or object (default: text)',
    group,
  },
  { name: 'test-share', value: 'SHARE', description: 'Share of the repositories for a test split (default: 0)', group },
  { name: 'seed', value: 'N', description: 'Seed of the split (default: 0)', group },
  { name: 'title', value: 'TEXT', description: 'Title of the data set, on its card', group },
]

const share = decimal(0, 1)

type Effects = Partial<Record<CurationRuleName, RuleEffect>>

/** `tool-error=off,test-edit=drop` */
const effects = v.pipe(
  list,
  v.rawTransform(({ dataset, addIssue, NEVER }): Effects => {
    const read: Effects = {}
    for (const word of dataset.value) {
      const [typedName, typedEffect] = word.split('=')
      const name = ruleNames.find((one) => one === typedName)
      const effect = ruleEffects.find((one) => one === typedEffect)
      if (name === undefined || effect === undefined) {
        addIssue({
          message: `a rule and ${ruleEffects.join(', ')} are wanted, such as tool-error=off, not ${JSON.stringify(word)}`,
        })
        return NEVER
      }
      read[name] = effect
    }
    return read
  }),
)

const allFormats = [...new Set([...trajectoryFormats, ...environmentFormats])]

/** Absent where they are not typed: environments have none of them. */
const trajectoryOptions = {
  keep: v.optional(v.unwrap(rolloutOptions.keep)),
  rules: v.optional(effects),
  similarity: v.optional(share),
  maxTokens: v.optional(wholeNumber(100, 100_000_000)),
  tooLong: v.optional(oneOf(tooLongPolicies)),
  masked: v.optional(oneOf(maskedPolicies)),
  arguments: v.optional(oneOf(argumentForms)),
  testShare: v.optional(share),
  seed: v.optional(wholeNumber(0, 2 ** 31)),
  title: v.optional(text),
} as const

export const exportOptions = {
  format: oneOf(allFormats),
  out: text,
  db: database,
  ...trajectoryOptions,
} as const

export type ExportOptions = v.InferOutput<v.ObjectSchema<typeof exportOptions, undefined>>

/** Options that were typed and say something about trajectories only, as they are typed. */
export function trajectoryOptionsIn(options: ExportOptions): readonly string[] {
  const keys = Object.keys(trajectoryOptions) as (keyof typeof trajectoryOptions)[]
  return keys.filter((key) => options[key] !== undefined).map((key) => `--${optionName(key)}`)
}

/** What of the options is about which rollouts are kept, and which of their steps are masked. */
export function curationOf(options: Pick<ExportOptions, 'keep' | 'rules' | 'similarity'>): CurationSettings {
  const { keep = 'all', rules = {}, similarity = 0.9 } = options
  return { keep, effects: rules, similarity }
}

export function trajectoryExportOf(options: ExportOptions, format: TrajectoryFormat): TrajectoryExport {
  const { testShare = 0, seed = 0, arguments: form = 'text', title = 'Trajectories of openswe' } = options
  const { maxTokens = null, tooLong = 'drop', masked = 'leave-out' } = options
  return {
    curation: curationOf(options),
    split: { seed, testShare },
    row: { format, arguments: form, masked, maxTokens, tooLong },
    title,
  }
}
