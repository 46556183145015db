import * as v from 'valibot'
import type { RolloutRetry } from '../control/rollout-intake.ts'
import type { RolloutPlan } from '../control/run-plan.ts'
import { keepBandRule, parseKeepBand } from '../curation/keep-band.ts'
import type { Capacity } from '../domain/capacity.ts'
import { scaffolds } from '../domain/rollout.ts'
import { acceptedAttempts } from '../store/attempts.ts'
import { openStore } from '../store/store.ts'
import type { OptionRow } from './command.ts'
import { UsageError } from './errors.ts'
import { modelOptionRows, modelOptions } from './model-options.ts'
import { allNoneOrSome, decimal, duration, list, oneOf, text, wholeNumber } from './option-values.ts'
import { limitsOf, machineOptions, runOptionRows, runOptions } from './run-options.ts'

const retries = ['resolved', 'unresolved', 'faulted'] as const satisfies readonly RolloutRetry[]

const sharedRunRows = [
  ...['repos', 'slots', 'hosts', 'launcher', 'ahead', 'lease', 'only', 'limit'],
  ...['cpus', 'memory', 'pids', 'disk', 'timeout', 'build-timeout'],
]
const lastRunRows = ['depth', 'cache', 'db', 'metrics', 'plain', 'json']
const sharedModelRows = [
  ...['model', 'base-url', 'thinking', 'budget-usd', 'instance-budget-usd', 'prices', 'model-calls'],
  ...['record', 'replay'],
]

const modelGroup = 'Options of the model (its key is ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN)'

function runRows(names: readonly string[]): readonly OptionRow[] {
  return runOptionRows
    .filter((row) => names.includes(row.name))
    .map((row) =>
      row.name === 'slots' ? { ...row, description: 'Rollouts at a time (default: from CPUs and memory)' } : row,
    )
}

/** The options of `rollout`, in the order of the help. */
export const rolloutOptionRows: readonly OptionRow[] = [
  {
    name: 'tries',
    value: 'N',
    description: 'Rollouts of each instance by this solver, earlier ones counted (default: 4)',
  },
  {
    name: 'scaffold',
    value: 'NAME',
    description:
      'How the solver works: bash, with that one tool, or editor, with a file editor as well (default: bash)',
  },
  { name: 'temperature', value: 'T', description: "Sampling temperature, from 0 to 2 (default: the model's own)" },
  { name: 'steps', value: 'N', description: 'Replies of the solver in one rollout (default: 300)' },
  {
    name: 'context',
    value: 'TOKENS',
    description: 'Tokens in a conversation, roughly, after which the solver must hand in (default: 120000)',
  },
  { name: 'max-tokens', value: 'N', description: 'Tokens in one reply at most (default: 16384)' },
  { name: 'command-timeout', value: 'TIME', description: 'Time limit of one command of the solver (default: 2m)' },
  {
    name: 'keep',
    value: 'BAND',
    description:
      'Make no more tries at an instance that can no longer fall into this band, such as 1-2/4 (default: all)',
  },
  {
    name: 'retry',
    value: 'WHAT',
    description: `Do again what ended as ${retries.join(', ')}; all or none (default: faulted)`,
  },
  ...runRows(sharedRunRows),
  ...runRows(lastRunRows),
  ...modelOptionRows.filter((row) => sharedModelRows.includes(row.name)).map((row) => ({ ...row, group: modelGroup })),
]

const keepBand = v.pipe(
  text,
  v.check(
    (typed) => parseKeepBand(typed) !== null,
    (issue) => `${keepBandRule}, not ${issue.received}`,
  ),
  v.transform((typed) => parseKeepBand(typed) ?? 'all'),
)

export const rolloutOptions = {
  tries: v.optional(wholeNumber(1, 1000), '4'),
  scaffold: v.optional(oneOf(scaffolds), 'bash'),
  temperature: v.optional(decimal(0, 2)),
  steps: v.optional(wholeNumber(1, 10_000), '300'),
  context: v.optional(wholeNumber(1000, 10_000_000), '120000'),
  maxTokens: v.optional(wholeNumber(256, 1_000_000), '16384'),
  commandTimeout: v.optional(duration, '2m'),
  keep: v.optional(keepBand, 'all'),
  retry: v.optional(allNoneOrSome(retries), 'faulted'),
  ...machineOptions,
  only: v.optional(list),
  limit: runOptions.limit,
  model: modelOptions.model,
  baseUrl: modelOptions.baseUrl,
  thinking: modelOptions.thinking,
  budgetUsd: modelOptions.budgetUsd,
  instanceBudgetUsd: modelOptions.instanceBudgetUsd,
  prices: modelOptions.prices,
  modelCalls: modelOptions.modelCalls,
  record: modelOptions.record,
  replay: modelOptions.replay,
} as const

const rolloutOptionSchema = v.object(rolloutOptions)

export type RolloutOptions = v.InferOutput<typeof rolloutOptionSchema>

export function rolloutRetrySet(retry: RolloutOptions['retry']): ReadonlySet<RolloutRetry> {
  if (retry === 'none') return new Set()
  return new Set(retry === 'all' ? retries : retry)
}

/** What every rollout of the run is bound by: as typed, else from what the machine has. */
export function rolloutPlanOf(options: RolloutOptions, capacity: Capacity): RolloutPlan {
  return {
    kind: 'rollout',
    settings: {
      scaffold: options.scaffold,
      temperature: options.temperature ?? null,
      maxSteps: options.steps,
      maxContextTokens: options.context,
      maxTokens: options.maxTokens,
      commandTimeoutMs: options.commandTimeout,
    },
    limits: limitsOf(options, capacity),
    tries: options.tries,
    keep: options.keep,
  }
}

/** Before anything is begun: throws UsageError where no instance is accepted that rollouts could be of. */
export async function checkDatabase(db: string, what: string): Promise<void> {
  using store = await openStore(db, 'read')
  if (acceptedAttempts(store).length > 0) return
  throw new UsageError(`${db} has no accepted instance — ${what} in what \`openswe run\` accepted`)
}
