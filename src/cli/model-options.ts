import * as v from 'valibot'
import type { AuthorName } from '../domain/environment.ts'
import { type OptionRow, optionName } from './command.ts'
import { UsageError } from './errors.ts'
import { oneOf, text, wholeNumber } from './option-values.ts'

const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const

const modelGroup = 'Options of a model (--author model or auto; its key is ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN)'

/** The options of a model, in the order of the help. */
export const modelOptionRows: readonly OptionRow[] = [
  { name: 'model', value: 'NAME', description: 'The model, as its API names it (default: ANTHROPIC_MODEL)' },
  { name: 'explore-model', value: 'NAME', description: 'What explores the repository (default: --model)' },
  { name: 'dockerfile-model', value: 'NAME', description: 'What writes the Dockerfile (default: --model)' },
  { name: 'eval-script-model', value: 'NAME', description: 'What writes the test command (default: --model)' },
  { name: 'analyse-model', value: 'NAME', description: 'What reads logs and advises the others (default: --model)' },
  {
    name: 'base-url',
    value: 'URL',
    description: 'What speaks the Messages API (default: ANTHROPIC_BASE_URL, else https://api.anthropic.com)',
  },
  {
    name: 'thinking',
    value: 'HOW',
    description: `The most tokens to think with, or for newer models one of ${efforts.join(', ')} (default: the model's own)`,
  },
  {
    name: 'builder',
    value: 'WAY',
    description: 'How a Dockerfile is written: shell, trying commands first, or rewrite, from logs (default: shell)',
  },
  {
    name: 'budget-usd',
    value: 'SUM',
    description: 'What this run may cost, checked before each call (default: no bound)',
  },
  {
    name: 'instance-budget-usd',
    value: 'SUM',
    description: 'What one instance may cost in this run (default: no bound)',
  },
  {
    name: 'prices',
    value: 'FILE',
    description: 'Prices of your own, in dollars per million tokens, as {"NAME": {"input": 3, "output": 15}}',
  },
  { name: 'model-calls', value: 'N', description: 'Model calls at a time (default: 512)' },
  { name: 'record', value: 'FOLDER', description: 'Keep every request and answer in this folder, without secrets' },
  {
    name: 'replay',
    value: 'FOLDER',
    description: 'Answer from a folder that was recorded, without network, model or key',
  },
].map((row) => ({ ...row, group: modelGroup }))

const dollars = v.pipe(
  v.string(),
  v.check(
    (typed) => /^\d{1,9}(\.\d{1,6})?$/.test(typed) && Number(typed) > 0,
    (issue) => `dollars above 0, such as 25 or 0.5, are wanted, not ${issue.received}`,
  ),
  v.transform(Number),
)

const thinking = v.union(
  [
    v.pipe(
      oneOf(efforts),
      v.transform((effort) => ({ effort })),
    ),
    v.pipe(
      wholeNumber(1024, 1_000_000),
      v.transform((budgetTokens) => ({ budgetTokens })),
    ),
  ],
  (issue) => `tokens from 1024 on, or one of ${efforts.join(', ')}, are wanted, not ${issue.received}`,
)

export const modelOptions = {
  model: v.optional(text),
  exploreModel: v.optional(text),
  dockerfileModel: v.optional(text),
  evalScriptModel: v.optional(text),
  analyseModel: v.optional(text),
  baseUrl: v.optional(text),
  thinking: v.optional(thinking),
  builder: v.optional(oneOf(['shell', 'rewrite'])),
  budgetUsd: v.optional(dollars),
  instanceBudgetUsd: v.optional(dollars),
  prices: v.optional(text),
  modelCalls: v.optional(wholeNumber(1, 10_000)),
  record: v.optional(text),
  replay: v.optional(text),
} as const

const modelOptionSchema = v.object(modelOptions)

export type ModelOptions = v.InferOutput<typeof modelOptionSchema>

/** Throws UsageError where an option of a model is given to an author that asks none. */
export function refuseModelOptions(author: AuthorName, options: ModelOptions): void {
  const keys = Object.keys(modelOptions) as (keyof ModelOptions)[]
  const given = keys.filter((key) => options[key] !== undefined).map((key) => `--${optionName(key)}`)
  if (given.length === 0) return
  throw new UsageError(`${given.join(', ')}: --author ${author} asks no model — add --author model or --author auto`)
}
