import { join } from 'node:path'
import packageFile from '../../package.json' with { type: 'json' }
import type { RunEnding } from '../control/control.ts'
import { sweepKilledRuns, sweepRun } from '../control/leftovers.ts'
import { ModelGateway, settleCutOffCalls } from '../control/model-gateway.ts'
import type { RunPlan } from '../control/run-plan.ts'
import { type Snapshot, takeOutcomeCosts, takeSnapshot } from '../control/snapshot.ts'
import type { Engine } from '../docker/engine.ts'
import type { FaultPolicy } from '../domain/attempt.ts'
import { formatUsd } from '../domain/budget.ts'
import type { Capacity } from '../domain/capacity.ts'
import type { AuthorName } from '../domain/environment.ts'
import type { Workers } from '../node/scheduler.ts'
import { getRolloutFacts, solverTries } from '../store/rollouts.ts'
import { endRun, insertRun } from '../store/runs.ts'
import { openStore, type Store } from '../store/store.ts'
import { printable } from '../util/printable.ts'
import { PreflightError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { runLocally } from './local-run.ts'
import { type Machine, prepareMachine } from './machine.ts'
import type { ModelSetup } from './model-setup.ts'
import { type RunOptions, slotsOf } from './run-options.ts'
import { type RunView, viewRun } from './run-view.ts'
import { type StopSignals, takeStopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

/** A run, apart from how it begins and ends. */
export interface Undertaking {
  readonly engine: Engine
  /** Null where it asks no model. */
  readonly model: ModelSetup | null
  /** Null where it makes rollouts. */
  readonly author: AuthorName | null
  readonly options: Pick<RunOptions, 'cache' | 'db' | 'json' | 'slots'>
  readonly policy: FaultPolicy
  planOn(capacity: Capacity): Planned
  workersOn(machine: Machine, workDir: string): Workers
}

export interface Planned {
  readonly plan: RunPlan
  /** Queues what is to be done, and shows what cannot be. Throws UsageError where something that was named is not there. */
  take(store: Store, runId: string, view: RunView): Promise<Taken> | Taken
}

export interface Taken {
  /** The line for people. */
  readonly line: string
  /** The same for programs. */
  readonly facts: object
  /** All that was named is broken. */
  readonly isUnusable: boolean
}

/** What a run came to. */
export interface RunReport {
  readonly exitCode: number
  readonly snapshot: Snapshot
}

/** A run on this machine, from what is to be done to its final table. */
export async function conductRun(undertaking: Undertaking, terminal: Terminal): Promise<RunReport> {
  const { engine, model, author, options } = undertaking
  using signals = takeStopSignals(() => terminal.err('\nstopping: what runs is given back; once more leaves at once\n'))
  if (model !== null) await checkModel(model, signals.first)
  const machine = await prepareMachine(engine, options.cache)
  using store = await openStore(options.db, 'write')
  tellLeftovers(terminal, await sweepKilledRuns(store, engine, machine.workRoot))
  tellCutOff(terminal, settleCutOffCalls(store))
  const run = { runId: Bun.randomUUIDv7(), startedAtMs: Date.now() }
  const { plan, take } = undertaking.planOn(machine.facts)
  const settings = plan.kind === 'synthesis' ? plan.settings : plan
  insertRun(store, { ...run, version: packageFile.version, author, settings, prompts: model?.prompts ?? null })
  const snapshot = () => takeSnapshot(store, run.runId, run.startedAtMs, Date.now())
  const view = viewRun(terminal, options.json === true, {
    snapshot,
    costs: () => takeOutcomeCosts(store, run.runId),
    rolloutFacts: (attemptId) => getRolloutFacts(store, attemptId),
    tries: () => solverTries(store, run.runId),
  })
  let cleanUpMs = hurriedCleanUpMs
  try {
    const taken = await take(store, run.runId, view)
    view.taken(taken, slotsOf(options, machine.facts))
    const ending = await work({ store, runId: run.runId, plan, undertaking, machine, signals, view, terminal })
    if (ending !== 'left') cleanUpMs = usualCleanUpMs
    view.ended(ending)
    return { exitCode: exitCodeOf(ending, taken, snapshot(), signals, terminal), snapshot: snapshot() }
  } finally {
    const problems = await Promise.race([sweepRun(engine, run.runId, machine.workRoot), late(cleanUpMs)])
    if (problems.length === 0) endRun(store, run.runId, 'ended', Date.now())
    tellLeftovers(terminal, problems)
  }
}

/** A key that is wrong is said before anything is built. */
async function checkModel({ client }: ModelSetup, signal: AbortSignal): Promise<void> {
  const check = await client.check(signal)
  if (check.kind === 'refused') throw new PreflightError(check.explanation)
}

function tellCutOff(
  terminal: Terminal,
  { count, costUsd }: { readonly count: number; readonly costUsd: number },
): void {
  if (count === 0) return
  terminal.err(`${count} model calls of a killed run count with all they may have cost: ${formatUsd(costUsd)}\n`)
}

const usualCleanUpMs = 60_000
/** For somebody who pressed Ctrl-C twice. */
const hurriedCleanUpMs = 5_000

async function late(boundMs: number): Promise<readonly string[]> {
  await Bun.sleep(boundMs)
  return [`cleaning up takes longer than ${boundMs / 1000} s`]
}

function tellLeftovers(terminal: Terminal, problems: readonly string[]): void {
  for (const problem of problems) terminal.err(`left for the next run to remove: ${printable(problem)}\n`)
}

interface Work {
  readonly store: Store
  readonly runId: string
  readonly plan: RunPlan
  readonly undertaking: Undertaking
  readonly machine: Machine
  readonly signals: StopSignals
  readonly view: RunView
  readonly terminal: Terminal
}

async function work(context: Work): Promise<RunEnding | 'left'> {
  return await Promise.race([runToItsEnd(context), aborted(context.signals.second).then(() => 'left' as const)])
}

async function runToItsEnd(context: Work): Promise<RunEnding> {
  const { store, runId, plan, undertaking, machine, signals, view, terminal } = context
  const { model, policy, options } = undertaking
  const workDir = join(machine.workRoot, runId)
  const signal = AbortSignal.any([signals.first, terminal.closed])
  await using gateway = model && new ModelGateway({ ...model, store, runId, signal, nowMs: Date.now })
  return await runLocally({
    store,
    runId,
    plan,
    policy,
    slots: slotsOf(options, machine.facts),
    workDir,
    workers: undertaking.workersOn(machine, workDir),
    onEvent: view.event,
    answer: (call) => gateway?.answer(call) ?? Promise.reject(new Error('this run asks no model')),
    signal,
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function exitCodeOf(
  ending: RunEnding | 'left',
  taken: Taken,
  last: Snapshot,
  signals: StopSignals,
  terminal: Terminal,
): number {
  if (ending === 'left') return signals.exitCode()
  switch (ending.kind) {
    case 'stopped':
      return terminal.closed.aborted ? exitCodes.pipeClosed : signals.exitCode()
    case 'halted':
      return exitCodes.unresolved
    case 'finished':
      if (taken.isUnusable) return exitCodes.usage
      return last.faulted > 0 ? exitCodes.unresolved : exitCodes.success
  }
}
