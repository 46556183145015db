import { availableParallelism, totalmem } from 'node:os'
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
import type { NodeSetup, RepositoryAnswer } from '../domain/message.ts'
import { bundleOf } from '../git/bundle-of.ts'
import { isHeld } from '../store/attempts.ts'
import { getRolloutFacts, solverTries } from '../store/rollouts.ts'
import { endRun, insertRun, openRuns } from '../store/runs.ts'
import { openStore, type Store } from '../store/store.ts'
import { printable } from '../util/printable.ts'
import { PreflightError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { type FleetHost, fleetHosts } from './fleet-hosts.ts'
import { runOnFleet } from './fleet-run.ts'
import { runLocally } from './local-run.ts'
import { type Machine, prepareMachine, repositoriesIn } from './machine.ts'
import type { ModelSetup } from './model-setup.ts'
import { type RunOptions, slotsOf } from './run-options.ts'
import { type RunPlace, type RunView, viewRun } from './run-view.ts'
import { type StopSignals, takeStopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'
import { workersOn } from './workers.ts'

/** A run, apart from how it begins and ends. */
export interface Undertaking {
  readonly engine: Engine
  /** Null where it asks no model. */
  readonly model: ModelSetup | null
  /** Null where it makes rollouts. */
  readonly author: AuthorName | null
  readonly options: Pick<RunOptions, 'cache' | 'db' | 'hosts' | 'json' | 'slots'>
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
export async function conductRun(undertaking: Undertaking, terminal: Terminal): Promise<RunReport> {
  const { engine, model, author, options } = undertaking
  const hosts = options.hosts === undefined ? null : await fleetHosts(options.hosts)
  using signals = takeStopSignals((count) => terminal.err(`\n${stopWords(hosts !== null, count)}\n`))
  if (model !== null) await checkModel(model, signals.first)
  const machine = hosts === null ? await prepareMachine(engine, options.cache) : null
  using store = await openStore(options.db, 'write')
  if (machine !== null) tellLeftovers(terminal, await sweepKilledRuns(store, engine, machine.workRoot))
  tellCutOff(terminal, settleCutOffCalls(store))
  const { plan, take } = undertaking.planOn(machine?.facts ?? ownCapacity())
  const begun = continuedRun(store, author, hosts !== null)
  const run = begun ?? { runId: Bun.randomUUIDv7(), startedAtMs: Date.now() }
  if (begun === null) {
    const settings = plan.kind === 'synthesis' ? plan.settings : plan
    const names = hosts?.map(({ name }) => name) ?? null
    const prompts = model?.prompts ?? null
    insertRun(store, { ...run, version: packageFile.version, author, settings, prompts, hosts: names })
  }
  const snapshot = () => takeSnapshot(store, run.runId, run.startedAtMs, Date.now())
  const view = viewRun(terminal, options.json === true, {
    snapshot,
    costs: () => takeOutcomeCosts(store, run.runId),
    rolloutFacts: (attemptId) => getRolloutFacts(store, attemptId),
    tries: () => solverTries(store, run.runId),
  })
  const context = { store, runId: run.runId, plan, undertaking, signals, view, terminal }
  let ending: RunEnding | 'left' = 'left'
  try {
    const taken = await take(store, run.runId, view)
    view.taken(taken, placeOf(hosts, slotsOf(options, machine?.facts ?? ownCapacity())))
    ending = hosts === null ? await workHere({ ...context, machine: machine as Machine }) : await workOn(hosts, context)
    view.ended(ending)
    return { exitCode: exitCodeOf(ending, taken, snapshot(), signals, terminal), snapshot: snapshot() }
  } finally {
    if (machine !== null) await cleanUp(store, run.runId, engine, machine, ending !== 'left', terminal)
    else if (!isHeld(store, run.runId)) endRun(store, run.runId, 'ended', Date.now())
  }
}

function stopWords(isFleet: boolean, count: 1 | 2 | 3): string {
  if (!isFleet) return count === 1 ? 'stopping: what runs is given back; once more leaves at once' : 'leaving'
  switch (count) {
    case 1:
      return 'draining: what runs is finished, nothing new begins; once more leaves the machines to it'
    case 2:
      return 'leaving: the machines go on, and the same command comes back to them; once more stops them'
    case 3:
      return 'stopping the machines: what runs is given back'
  }
}

function ownCapacity(): Capacity {
  return { cpus: availableParallelism(), memoryBytes: totalmem() }
}

function placeOf(hosts: readonly FleetHost[] | null, slots: number): RunPlace {
  return hosts === null ? { kind: 'here', slots } : { kind: 'fleet', hosts: hosts.length }
}

/** The run that the machines of a fleet go on with, where there is one; another kind of run waits for its end. */
function continuedRun(
  store: Store,
  author: AuthorName | null,
  isFleet: boolean,
): { runId: string; startedAtMs: number } | null {
  const open = openRuns(store).find(({ hosts }) => hosts !== null)
  if (open === undefined) return null
  const what = open.author === null ? 'rollouts' : `--author ${open.author}`
  if (isFleet && open.author === author) return { runId: open.run_id, startedAtMs: open.started_at_ms }
  throw new PreflightError(
    `a run (${what}) goes on on ${open.hosts?.join(', ')} — come back to it with the same command and --hosts; Ctrl-C three times ends it there`,
  )
}

async function cleanUp(
  store: Store,
  runId: string,
  engine: Engine,
  machine: Machine,
  isPatient: boolean,
  terminal: Terminal,
): Promise<void> {
  const cleanUpMs = isPatient ? usualCleanUpMs : hurriedCleanUpMs
  const problems = await Promise.race([sweepRun(engine, runId, machine.workRoot), late(cleanUpMs)])
  if (problems.length === 0) endRun(store, runId, 'ended', Date.now())
  tellLeftovers(terminal, problems)
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
  readonly signals: StopSignals
  readonly view: RunView
  readonly terminal: Terminal
}

async function workHere(context: Work & { readonly machine: Machine }): Promise<RunEnding | 'left'> {
  return await Promise.race([runHere(context), aborted(context.signals.second).then(() => 'left' as const)])
}

async function runHere(context: Work & { readonly machine: Machine }): Promise<RunEnding> {
  const { store, runId, plan, undertaking, machine, signals, view, terminal } = context
  const { engine, policy, setup, options } = undertaking
  const signal = AbortSignal.any([signals.first, terminal.closed])
  await using gateway = gatewayOf(context, signal)
  return await runLocally({
    store,
    runId,
    plan,
    policy,
    setup,
    slots: slotsOf(options, machine.facts),
    workers: workersOn(engine, machine, { runId, setup, workDir: join(machine.workRoot, runId) }),
    onEvent: view.event,
    answer: (call) => gateway?.answer(call) ?? Promise.reject(new Error('this run asks no model')),
    signal,
  })
}

async function workOn(hosts: readonly FleetHost[], context: Work): Promise<RunEnding> {
  const { store, runId, plan, undertaking, signals, view, terminal } = context
  const { policy, setup, options } = undertaking
  await using gateway = gatewayOf(context, signals.third)
  return await runOnFleet({
    store,
    runId,
    plan,
    policy,
    hosts,
    setupOf: (node) => setupOn(hosts, node, setup),
    onEvent: view.event,
    onTrouble: (node, message) => terminal.err(`${printable(`${node}: ${message}`)}\n`),
    onFleet: () => undefined,
    answer: (call) => gateway?.answer(call) ?? Promise.reject(new Error('this run asks no model')),
    bundle: (repo, commit) => bundleFor(repo, commit, setup, options.cache, signals.third),
    signals,
  })
}

/** What hosts.toml says of a machine comes before what was typed for all. */
function setupOn(hosts: readonly FleetHost[], node: string, setup: NodeSetup): NodeSetup {
  return { ...setup, slots: hosts.find(({ name }) => name === node)?.slots ?? setup.slots }
}

/** It travels as one message. */
const bundleLimitBytes = 128 * 2 ** 20

async function bundleFor(
  repo: string,
  commit: string,
  { repos: template, checkoutDepth: depth }: NodeSetup,
  cache: string | undefined,
  signal: AbortSignal,
): Promise<RepositoryAnswer> {
  const request = { depth, signal, limitBytes: bundleLimitBytes }
  const answer = await bundleOf({ cacheDir: repositoriesIn(cache), template }, repo, commit, request)
  if (answer.kind !== 'bundle') return answer
  return { kind: 'bundle', bundle: Buffer.from(answer.bytes).toString('base64') }
}

function gatewayOf({ undertaking: { model }, store, runId }: Work, signal: AbortSignal): ModelGateway | null {
  return model && new ModelGateway({ ...model, store, runId, signal, nowMs: Date.now })
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
    case 'detached':
      return exitCodes.success
    case 'halted':
      return exitCodes.unresolved
    case 'finished':
      if (taken.isUnusable) return exitCodes.usage
      return last.faulted > 0 ? exitCodes.unresolved : exitCodes.success
  }
}
