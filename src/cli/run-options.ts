import * as v from 'valibot'
import type { Retry } from '../control/intake.ts'
import { defaultFaultPolicy, type FaultPolicy } from '../domain/attempt.ts'
import { type Capacity, defaultLimits, defaultSlots } from '../domain/capacity.ts'
import type { ContainerLimits } from '../domain/container-limits.ts'
import type { NodeSetup } from '../domain/message.ts'
import type { Publication } from '../domain/published-image.ts'
import type { SynthesisSettings } from '../domain/synthesis-settings.ts'
import type { OptionRow } from './command.ts'
import { database, databaseOption } from './database-option.ts'
import { metricsAddress } from './metrics-address.ts'
import type { ModelOptions } from './model-options.ts'
import { allNoneOrSome, decimal, duration, flag, list, oneOf, size, text, wholeNumber } from './option-values.ts'
import { publicationOptionRows, publicationOptions } from './publication.ts'

const retries = ['accepted', 'rejected', 'unsolvable', 'faulted'] as const satisfies readonly Retry[]

const launchers = ['ssh', 'slurm'] as const

/** The options of `run` and `validate`, in the order of the help. */
export const runOptionRows: readonly OptionRow[] = [
  {
    name: 'repos',
    value: 'TEMPLATE',
    description: 'Where repositories come from: a URL or path with {repo}, {owner}, {name} (default: GitHub)',
  },
  { name: 'slots', value: 'N', description: 'Instances at a time (default: from CPUs and memory)' },
  {
    name: 'hosts',
    value: 'FILE',
    description: 'Run on the machines of this hosts.toml instead of here (see `openswe hosts check`)',
  },
  {
    name: 'launcher',
    value: 'WHAT',
    description: 'With --hosts: ssh, or slurm for machines that its [slurm] asks for (default: ssh)',
  },
  {
    name: 'ahead',
    value: 'N',
    description: 'With --hosts: instances that a machine holds beyond its slots (default: 3)',
  },
  {
    name: 'lease',
    value: 'TIME',
    description:
      'With --hosts: how long a machine may go unheard of; others take over its work a quarter later (default: 2m)',
  },
  {
    name: 'repeats',
    value: 'N',
    description: 'Runs with the fix, and one fewer under the test patch alone (default: 3)',
  },
  { name: 'strict', description: 'Vary test order, hash seed, time zone and CPU count between the repeats' },
  { name: 'rounds', value: 'N', description: 'Iterations of an author at most (default: 6 of rules, 4 of model)' },
  { name: 'tries', value: 'N', description: 'Give an instance up after so many faults of the machinery (default: 3)' },
  { name: 'only', value: 'ID,…', description: 'Only these instances' },
  { name: 'limit', value: 'N', description: 'Only the first N instances' },
  {
    name: 'retry',
    value: 'WHAT',
    description: `Do again what ended as ${retries.join(', ')}; all (but accepted) or none (default: faulted)`,
  },
  { name: 'cpus', value: 'N', description: 'CPUs of a container (default: up to 4)' },
  { name: 'memory', value: 'SIZE', description: 'Memory of a container (default: what a slot can have, up to 24g)' },
  { name: 'pids', value: 'N', description: 'Processes of a container (default: 4096)' },
  { name: 'disk', value: 'SIZE', description: 'What a container may write (default: 20g)' },
  { name: 'timeout', value: 'TIME', description: 'Time limit of one test run (default: 30m)' },
  { name: 'build-timeout', value: 'TIME', description: 'Time limit of one image build (default: 40m)' },
  { name: 'depth', value: 'N', description: 'Commits of history in an image, base_commit included (default: 1)' },
  { name: 'cache', value: 'FOLDER', description: 'Where bare repositories are kept (default: ~/.cache/openswe)' },
  ...publicationOptionRows,
  databaseOption,
  {
    name: 'metrics',
    value: 'PORT',
    description: 'Serve metrics for Prometheus at this port, or HOST:PORT, while the run lasts',
  },
  { name: 'plain', description: 'Print lines even where a screen could be shown' },
  { name: 'json', description: 'Print events, one JSON object a line' },
]

/** What every run on a machine takes, whatever it makes. */
export const machineOptions = {
  repos: v.optional(text, 'https://github.com/{repo}.git'),
  slots: v.optional(wholeNumber(1, 256)),
  hosts: v.optional(text),
  launcher: v.optional(oneOf(launchers)),
  ahead: v.optional(wholeNumber(0, 1000), '3'),
  lease: v.optional(
    v.pipe(duration, v.minValue(10_000, 'at least 10s is wanted: machines are heard of in the meantime')),
    '2m',
  ),
  cpus: v.optional(decimal(0.1, 1024)),
  memory: v.optional(size),
  pids: v.optional(wholeNumber(16, 1_000_000)),
  disk: v.optional(size),
  timeout: v.optional(duration),
  buildTimeout: v.optional(duration, '40m'),
  depth: v.optional(wholeNumber(1, 1_000_000), '1'),
  cache: v.optional(text),
  db: database,
  metrics: v.optional(metricsAddress),
  plain: flag,
  json: flag,
} as const

export const runOptions = {
  ...machineOptions,
  ...publicationOptions,
  repeats: v.optional(wholeNumber(2, 100), '3'),
  strict: flag,
  rounds: v.optional(wholeNumber(1, 50)),
  tries: v.optional(wholeNumber(1, 100), '3'),
  only: v.optional(list),
  limit: v.optional(wholeNumber(1, 1_000_000_000)),
  retry: v.optional(allNoneOrSome(retries), 'faulted'),
} as const

const runOptionSchema = v.object(runOptions)

export type RunOptions = v.InferOutput<typeof runOptionSchema>

export function retrySet(retry: RunOptions['retry']): ReadonlySet<Retry> {
  if (retry === 'none') return new Set()
  if (retry === 'all') return new Set(['rejected', 'unsolvable', 'faulted'])
  return new Set(retry)
}

/** As asked for, else what the machine can do. */
export function slotsOf(options: { readonly slots?: number | null | undefined }, capacity: Capacity): number {
  return options.slots ?? defaultSlots(capacity)
}

export function policyOf(options: RunOptions): FaultPolicy {
  return { ...defaultFaultPolicy, maxFaults: options.tries }
}

/** What every attempt of the run is bound by: as typed, else from what the machine has. */
export function settingsOf(options: RunOptions & Pick<ModelOptions, 'builder'>, capacity: Capacity): SynthesisSettings {
  return {
    repeats: { testOnly: options.repeats - 1, withFix: options.repeats },
    strict: options.strict === true,
    limits: limitsOf(options, capacity),
    buildTimeoutMs: options.buildTimeout,
    maxIterations: { rules: options.rounds ?? 6, model: options.rounds ?? 4 },
    checkoutDepth: options.depth,
    builder: options.builder ?? 'shell',
  }
}

type LimitOptions = Pick<RunOptions, 'cpus' | 'memory' | 'pids' | 'disk' | 'timeout'>

/** What one container may use. */
export function limitsOf(options: LimitOptions & Pick<RunOptions, 'slots'>, capacity: Capacity): ContainerLimits {
  return { ...defaultLimits(capacity, slotsOf(options, capacity)), ...typedLimits(options) }
}

/** As far as it was asked for. */
function typedLimits({ cpus, memory, pids, disk, timeout }: LimitOptions): Partial<ContainerLimits> {
  return {
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(pids === undefined ? {} : { pids }),
    ...(disk === undefined ? {} : { diskBytes: disk, fileSizeBytes: Math.min(20 * 2 ** 30, disk) }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  }
}

/** What every node of a run is told of it. */
export function setupOf(
  options: LimitOptions & Pick<RunOptions, 'slots' | 'repos' | 'buildTimeout' | 'depth' | 'ahead' | 'lease'>,
  publication: Publication | null,
): NodeSetup {
  return {
    slots: options.slots ?? null,
    ahead: options.ahead,
    leaseMs: options.lease,
    repos: options.repos,
    buildTimeoutMs: options.buildTimeout,
    checkoutDepth: options.depth,
    limits: typedLimits(options),
    publication,
  }
}
