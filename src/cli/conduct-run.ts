import packageFile from '../../package.json' with { type: 'json' }
import type { RunEnding } from '../control/control.ts'
import type { Fleet } from '../control/fleet.ts'
import { RunCounters } from '../control/metrics/run-counters.ts'
import { settleCutOffCalls } from '../control/model-gateway.ts'
import type { RunPlan } from '../control/run-plan.ts'
import { type Snapshot, takeOutcomeCosts, takeSnapshot } from '../control/snapshot.ts'
import type { Engine } from '../docker/engine.ts'
import type { FaultPolicy } from '../domain/attempt.ts'
import { formatUsd } from '../domain/budget.ts'
import type { Capacity } from '../domain/capacity.ts'
import type { AuthorName } from '../domain/environment.ts'
import type { NodeSetup } from '../domain/message.ts'
import { getRolloutFacts, solverTries } from '../store/rollouts.ts'
import { insertRun, openRuns } from '../store/runs.ts'
import { openStore, type Store } from '../store/store.ts'
import { printable } from '../util/printable.ts'
import { PreflightError, UsageError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { fleetPlace } from './fleet-place.ts'
import { type FleetHosts, fleetHosts } from './hosts/fleet-hosts.ts'
import { slurmHosts } from './hosts/slurm-hosts.ts'
import { localPlace } from './local-place.ts'
import { openMetrics } from './metrics-address.ts'
import type { ModelSetup } from './model-setup.ts'
import type { RunOptions } from './options/run.ts'
import { openDoorOf, openTo } from './run-doors.ts'
import type { RunPlace } from './run-place.ts'
import type { RunScreen } from './run-screen.ts'
import { type RunView, viewRun } from './run-view.ts'
import { canShowScreen, type SharedTerminal, shareTerminal } from './screen-terminal.ts'
import { type StopSignals, takeStopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

/** A run, apart from how it begins and ends. */
export interface Undertaking {
  readonly engine: Engine
  /** Null where it asks no model. */
  readonly model: ModelSetup | null
  /** Null where it makes rollouts. */
  readonly author: AuthorName | null
  readonly options: Pick<RunOptions, 'cache' | 'db' | 'hosts' | 'json' | 'launcher' | 'metrics' | 'plain' | 'slots'>
  readonly policy: FaultPolicy
  readonly setup: NodeSetup
  planOn(capacity: Capacity): Planned
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

/** A run from what is to be done to its final table, on this machine or on those of a fleet. */
export async function conductRun(undertaking: Undertaking, outer: Terminal): Promise<RunReport> {
  const { model, options } = undertaking
  const terminal = shareTerminal(outer)
  const hosts = await hostsOf(options)
  const words = { told: ['stopping', 'leaving', 'leaving'] as RunPlace['stopWords'] }
  using signals = takeStopSignals((count) => terminal.err(`\n${words.told[count - 1]}\n`))
  await using metrics = options.metrics === undefined ? null : openMetrics(options.metrics, terminal)
  if (model !== null) await checkModel(model, signals.first)
  const place = hosts === null ? await localPlace(undertaking) : fleetPlace(undertaking, hosts)
  words.told = place.stopWords
  using store = await openStore(options.db, 'write')
  await using control = await openDoorOf(options.db, terminal)
  tellLeftovers(terminal, await place.sweep(store))
  tellCutOff(terminal, settleCutOffCalls(store))
  const { plan, take } = undertaking.planOn(place.capacity)
  const run = continuedRun(store, undertaking, place) ?? beginRun(store, undertaking, plan, place)
  const snapshot = () => takeSnapshot(store, run.runId, run.startedAtMs, Date.now())
  const view = viewRun(terminal, options.json === true, {
    snapshot,
    costs: () => takeOutcomeCosts(store, run.runId),
    rolloutFacts: (attemptId) => getRolloutFacts(store, attemptId),
    tries: () => solverTries(store, run.runId),
  })
  let ending: RunEnding | 'left' = 'left'
  try {
    const taken = await take(store, run.runId, view)
    view.taken(taken, place)
    await using screen = await screenOf(terminal, undertaking, run, place, view)
    const counters = new RunCounters()
    const placed = { store, runId: run.runId, plan, undertaking, signals, view, terminal, counters }
    const { policy } = undertaking
    const onFleet = (fleet: Fleet) => {
      openTo({ control, metrics }, { ...placed, policy }, fleet)
      screen?.leadTo(fleet)
      if (fleet.asked !== null) view.asked(fleet.asked)
    }
    ending = await place.work({ ...placed, onFleet })
    control?.leadTo(null)
    view.ended(ending)
    return { exitCode: exitCodeOf(ending, taken, snapshot(), signals, terminal), snapshot: snapshot() }
  } finally {
    tellLeftovers(terminal, await place.leave({ store, runId: run.runId }, ending === 'left'))
  }
}

/** Null where the run is on this machine. */
async function hostsOf({ hosts, launcher }: Undertaking['options']): Promise<FleetHosts | null> {
  if (hosts !== undefined) return launcher === 'slurm' ? await slurmHosts(hosts) : await fleetHosts(hosts)
  if (launcher === undefined) return null
  throw new UsageError('--launcher says how the machines of --hosts are reached — add --hosts FILE')
}

/** Null where lines are wanted, or nobody sits there. */
async function screenOf(
  terminal: SharedTerminal,
  { options }: Undertaking,
  { runId }: Begun,
  { names }: RunPlace,
  view: RunView,
): Promise<RunScreen | null> {
  if (options.plain === true || options.json === true || !canShowScreen(terminal)) {
    view.follow()
    return null
  }
  const { openRunScreen } = await import('./run-screen.ts')
  const screen = { database: options.db, runId, isFleet: names !== null, onFailure: view.follow }
  return await openRunScreen(terminal, screen)
}

interface Begun {
  readonly runId: string
  readonly startedAtMs: number
}

function beginRun(store: Store, { author, model }: Undertaking, plan: RunPlan, { names }: RunPlace): Begun {
  const run = { runId: Bun.randomUUIDv7(), startedAtMs: Date.now() }
  const settings = { ...(plan.kind === 'synthesis' ? plan.settings : plan), budget: model?.budget }
  const prompts = model?.prompts ?? null
  insertRun(store, { ...run, version: packageFile.version, author, settings, prompts, hosts: names })
  return run
}

/** The run that the machines of a fleet go on with, where there is one. Another kind of run waits for its end. */
function continuedRun(store: Store, { author }: Undertaking, { names }: RunPlace): Begun | null {
  const open = openRuns(store).find(({ hosts }) => hosts !== null)
  if (open === undefined) return null
  if (names !== null && open.author === author) return { runId: open.run_id, startedAtMs: open.started_at_ms }
  const what = open.author === null ? 'rollouts' : `--author ${open.author}`
  const way = 'come back to it with the same command and --hosts; Ctrl-C three times ends it there'
  throw new PreflightError(`a run (${what}) is in progress on ${open.hosts?.join(', ')} — ${way}`)
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

function tellLeftovers(terminal: Terminal, problems: readonly string[]): void {
  for (const problem of problems) terminal.err(`left for the next run to remove: ${printable(problem)}\n`)
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
    case 'detached':
      return exitCodes.success
    case 'halted':
      return exitCodes.unresolved
    case 'finished':
      if (taken.isUnusable) return exitCodes.usage
      return last.faulted > 0 ? exitCodes.unresolved : exitCodes.success
  }
}
