import { runLocally } from '../../src/cli/run-locally.ts'
import type { Change } from '../../src/control/apply-event.ts'
import type { ModelGateway } from '../../src/control/model-gateway.ts'
import { type RolloutIntake, type RolloutRetry, takeInRollouts } from '../../src/control/rollout-intake.ts'
import type { RolloutPlan } from '../../src/control/run-plan.ts'
import { type Snapshot, takeSnapshot } from '../../src/control/snapshot.ts'
import { parseKeepBand } from '../../src/curation/keep-band.ts'
import type { Grade } from '../../src/domain/grade.ts'
import type { Rollout } from '../../src/domain/rollout.ts'
import type { RolloutTask } from '../../src/domain/rollout-task.ts'
import type { RollOut } from '../../src/node/workers.ts'
import { insertRun } from '../../src/store/runs.ts'
import type { Store } from '../../src/store/store.ts'
import { bash, someRollout, submit } from './rollout-values.ts'
import { runOnce } from './run-once.ts'
import { anAcceptance, anInstance, someSettings, someSetup } from './run-values.ts'

const policy = { maxFaults: 3, waitsMs: [0] }

export const someRolloutPlan: RolloutPlan = {
  kind: 'rollout',
  settings: {
    scaffold: 'bash',
    temperature: 1,
    maxSteps: 20,
    maxContextTokens: 100_000,
    maxTokens: 1000,
    commandTimeoutMs: 10_000,
  },
  limits: someSettings.limits,
  tries: 4,
  keep: 'all',
}

export interface RolloutOnceOptions {
  readonly tries?: number
  /** As typed, such as `1-2/4`. */
  readonly keep?: string
  readonly solver?: string
  readonly slots?: number
  readonly retry?: readonly RolloutRetry[]
  readonly only?: readonly string[]
  readonly limit?: number
  readonly signal?: AbortSignal
  readonly gatewayOf?: (runId: string) => ModelGateway
  readonly onChange?: (change: NonNullable<Change>) => void
}

/** Has the store accept these instances. */
export async function accept(store: Store, ids: readonly string[]): Promise<void> {
  const instances = ids.map((id) => anInstance(id))
  await runOnce(store, instances, async ({ instance }) => anAcceptance(instance.instance_id))
}

/** One run of `openswe rollout` over one database, with the work of a slot given. */
export async function rolloutOnce(
  store: Store,
  rollOut: RollOut,
  options: RolloutOnceOptions = {},
): Promise<{
  readonly runId: string
  readonly intake: RolloutIntake
  readonly ending: object
  readonly snapshot: Snapshot
}> {
  const { tries = 4, keep = 'all', solver = 'bash scripted', retry = ['faulted'], only, signal } = options
  const runId = crypto.randomUUID()
  const startedAtMs = Date.now()
  const plan = { ...someRolloutPlan, tries, keep: parseKeepBand(keep) ?? 'all' }
  insertRun(store, { runId, startedAtMs, version: 'test', author: null, settings: plan })
  const intake = takeInRollouts(store, {
    runId,
    solver,
    plan,
    only: only === undefined ? null : new Set(only),
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    retry: new Set(retry),
    policy,
  })
  await using gateway = options.gatewayOf?.(runId) ?? null
  const ending = await runLocally({
    store,
    runId,
    plan,
    policy,
    slots: options.slots ?? 1,
    setup: { ...someSetup, slots: options.slots ?? 1 },
    workers: {
      limits: someSettings.limits,
      synthesis: () => Promise.reject(new Error('no environment is made')),
      rollout: rollOut,
    },
    answer: (call) => gateway?.answer(call) ?? Promise.reject(new Error('no model is asked')),
    onEvent: (_event, change) => change && options.onChange?.(change),
    onLost: (change) => options.onChange?.(change),
    signal: signal ?? new AbortController().signal,
  })
  await gateway?.[Symbol.asyncDispose]()
  return { runId, intake, ending, snapshot: takeSnapshot(store, runId, startedAtMs, Date.now()) }
}

/** What a solver leaves at a task after two steps. */
export function aRollout(
  { instance, number }: Pick<RolloutTask, 'instance' | 'number'>,
  fields: Partial<Rollout> = {},
): Rollout {
  return someRollout([bash('ls'), submit], { instance_id: instance.instance_id, number, ...fields })
}

export const resolved: Grade = {
  outcome: { kind: 'resolved' },
  isApplied: true,
  takenBack: [{ path: 'tests/test_x.py', reason: 'test-file' }],
  marks: [],
  tests: { FAIL_TO_PASS: { success: ['t'], failure: [] }, PASS_TO_PASS: { success: [], failure: [] } },
  runs: [
    {
      purpose: 'grade',
      end: { kind: 'exited', exitCode: 0 },
      report: { outcomes: { t: 'passed' }, collectionErrors: [] },
      conditions: [],
      durationMs: 5,
      output: '1 passed\n',
    },
  ],
}

export const unresolved: Grade = {
  outcome: { kind: 'unresolved', reason: 'fail-to-pass-fails', explanation: 'these do not pass: t' },
  isApplied: true,
  takenBack: [],
  marks: ['writes to sys: sys.modules'],
  tests: null,
  runs: [],
}

/** Tells a rollout, and grades it as the table says: `a__a-1` with `+--+` is resolved by its first and last try. */
export function gradedAs(table: Readonly<Record<string, string>>, seen: string[] = []): RollOut {
  return async (task, { emit }) => {
    const { instance_id } = task.instance
    seen.push(`${instance_id}#${task.number}`)
    if (task.resume === null) emit({ type: 'rollout', rollout: aRollout(task) })
    return table[instance_id]?.[task.number - 1] === '+' ? resolved : unresolved
  }
}
