import { availableParallelism, totalmem } from 'node:os'
import type { RunEnding } from '../control/control.ts'
import type { NodeSetup, RepositoryAnswer } from '../domain/message.ts'
import { protocolTimes, withLease } from '../domain/protocol-times.ts'
import { bundleOf } from '../git/bundle-of.ts'
import { isHeld } from '../store/attempts.ts'
import { endRun } from '../store/runs.ts'
import { counted } from '../util/counted.ts'
import { printable } from '../util/printable.ts'
import type { Undertaking } from './conduct-run.ts'
import type { FleetHosts } from './hosts/fleet-hosts.ts'
import { repositoriesIn } from './machine.ts'
import { modelGateway } from './model-answers.ts'
import { type FleetHost, runOnFleet } from './run-on-fleet.ts'
import type { PlacedRun, RunPlace } from './run-place.ts'

/** Other machines: this one keeps the books. */
export function fleetPlace({ options }: Undertaking, fleet: FleetHosts): RunPlace {
  const { names } = fleet
  return {
    capacity: { cpus: availableParallelism(), memoryBytes: totalmem() },
    names,
    how: `on ${counted(names.length, 'machine')}`,
    facts: { hosts: names },
    stopWords: [
      'draining: what runs is finished, nothing new begins; once more leaves the machines to it',
      'leaving: the machines work on, and the same command comes back to them; once more stops them',
      'stopping the machines: what runs is given back',
    ],
    // What the machines hold is theirs to end.
    sweep: () => Promise.resolve([]),
    work: (run) => work(run, fleet, options.cache),
    leave({ store, runId }) {
      if (!isHeld(store, runId)) endRun(store, runId, 'ended', Date.now())
      return Promise.resolve([])
    },
  }
}

async function work(run: PlacedRun, fleet: FleetHosts, cache: string | undefined): Promise<RunEnding> {
  const { store, runId, plan, undertaking, signals, view, terminal, counters, onFleet } = run
  const { policy, setup } = undertaking
  const { hosts, giveBack } = await fleet.open(runId, signals.third)
  await using gateway = modelGateway(run, signals.third)
  const ending = await runOnFleet({
    store,
    runId,
    plan,
    policy,
    hosts,
    times: withLease(protocolTimes, setup.leaseMs ?? protocolTimes.leaseMs),
    setupOf: (node) => setupOn(hosts, node, setup),
    onEvent: view.event,
    onLost: view.lost,
    watch: counters,
    onFleet,
    onTrouble: (node, message) => terminal.err(`${printable(`${node}: ${message}`)}\n`),
    answer: gateway.answer,
    bundle: (repo, commit) => bundleFor(repo, commit, setup, cache, signals.third),
    signals,
  })
  const problem = ending.kind === 'detached' ? null : await giveBack()
  if (problem !== null) terminal.err(`the machines could not be given back: ${printable(problem)}\n`)
  return ending
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
