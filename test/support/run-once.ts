import { runLocally } from '../../src/cli/run-locally.ts'
import type { Change } from '../../src/control/apply-event.ts'
import type { Fleet } from '../../src/control/fleet.ts'
import { type Retry, takeIn } from '../../src/control/intake.ts'
import type { LedgerWatch } from '../../src/control/ledger-watch.ts'
import type { ModelGateway } from '../../src/control/model-gateway.ts'
import { takeSnapshot } from '../../src/control/snapshot.ts'
import type { FaultPolicy } from '../../src/domain/attempt.ts'
import type { AuthorName } from '../../src/domain/environment.ts'
import type { Instance } from '../../src/domain/instance.ts'
import type { InputRow } from '../../src/input/instance-file.ts'
import type { Synthesize } from '../../src/node/workers.ts'
import { insertRun } from '../../src/store/runs.ts'
import type { Store } from '../../src/store/store.ts'
import { somePlan, someSettings, someSetup } from './run-values.ts'

export const runOncePolicy: FaultPolicy = { maxFaults: 3, waitsMs: [0] }

export interface RunOnceOptions {
  readonly slots?: number
  readonly retry?: readonly Retry[]
  readonly author?: AuthorName
  readonly only?: readonly string[]
  readonly limit?: number
  readonly signal?: AbortSignal
  /** Answers model calls of the run with this id. */
  readonly gatewayOf?: (runId: string) => ModelGateway
  readonly onChange?: (change: NonNullable<Change>) => void
  readonly onFleet?: (fleet: Fleet, runId: string) => void
  readonly watch?: LedgerWatch
}

async function* rowsOf(instances: readonly Instance[]): AsyncGenerator<InputRow> {
  for (const [index, instance] of instances.entries()) yield { kind: 'instance', line: index + 1, instance }
}

/** One run of the program over one database, with the work of a slot given. */
export async function runOnce(
  store: Store,
  instances: readonly Instance[],
  synthesize: Synthesize,
  options: RunOnceOptions = {},
) {
  const runId = crypto.randomUUID()
  const startedAtMs = Date.now()
  insertRun(store, { runId, startedAtMs, version: 'test', author: options.author ?? 'rules', settings: someSettings })
  const intake = await takeIn(store, rowsOf(instances), {
    runId,
    author: options.author ?? 'rules',
    only: options.only === undefined ? null : new Set(options.only),
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    retry: new Set(options.retry ?? ['faulted']),
    policy: runOncePolicy,
    onProblem: () => undefined,
  })
  await using gateway = options.gatewayOf?.(runId) ?? null
  const ending = await runLocally({
    store,
    runId,
    plan: somePlan,
    policy: runOncePolicy,
    setup: { ...someSetup, slots: options.slots ?? 2 },
    slots: options.slots ?? 2,
    workers: {
      limits: someSettings.limits,
      synthesis: synthesize,
      rollout: () => Promise.reject(new Error('no rollout is made')),
    },
    answer: (call) => gateway?.answer(call) ?? Promise.reject(new Error('no model is asked')),
    onEvent: (_event, change) => change && options.onChange?.(change),
    onLost: (change) => options.onChange?.(change),
    onFleet: (fleet) => options.onFleet?.(fleet, runId),
    ...(options.watch === undefined ? {} : { watch: options.watch }),
    signal: options.signal ?? new AbortController().signal,
  })
  await gateway?.[Symbol.asyncDispose]()
  return { runId, intake, ending, snapshot: takeSnapshot(store, runId, startedAtMs, Date.now()) }
}
