import { readHosts } from '../../config/hosts-file.ts'
import { describeHostsProblems } from '../../config/hosts-problem.ts'
import { environmentVariable } from '../../config/process-environment.ts'
import { findNodeBuilds, type NodeBuilds } from '../../control/node-builds.ts'
import { openSshNode } from '../../control/ssh-node.ts'
import { Semaphore } from '../../util/semaphore.ts'
import { PreflightError, UsageError } from '../errors.ts'
import type { FleetHost } from '../run-on-fleet.ts'

/** Connections in the making at a time, and binaries on their way: more would be turned away by a host that many share. */
const starts = 8

/** The machines of a fleet. */
export interface FleetHosts {
  readonly names: readonly string[]
  /** For a run. Throws PreflightError where it could not begin. */
  open(runId: string, signal: AbortSignal): Promise<OpenFleet>
}

/** The machines of a run, each with a way to its node process. */
export interface OpenFleet {
  readonly hosts: readonly FleetHost[]
  /** Gives the machines back once the run is over; returns what is in the way of that, or null. */
  giveBack(): Promise<string | null>
}

/** The machines of a hosts.toml. Throws UsageError, PreflightError. */
export async function fleetHosts(file: string): Promise<FleetHosts> {
  const read = await readHosts(file)
  if (read.kind === 'refused') {
    throw new UsageError(`hosts cannot be read\n${describeHostsProblems(file, read.problems)}`)
  }
  const builds = await nodeBuilds()
  const agentSocket = environmentVariable('SSH_AUTH_SOCK')
  return {
    names: read.hosts.map(({ name }) => name),
    async open(runId) {
      const shared = { runId, builds, agentSocket, starts: new Semaphore(starts), streams: new Semaphore(starts) }
      const hosts = read.hosts.map(
        (host): FleetHost => ({
          name: host.name,
          slots: host.slots ?? null,
          open: (signal) => openSshNode(host, shared, signal),
        }),
      )
      return { hosts, giveBack: () => Promise.resolve(null) }
    },
  }
}

/** What this openswe can bring to machines, its own build first. Throws PreflightError where there is none. */
export async function nodeBuilds(): Promise<NodeBuilds> {
  const found = await findNodeBuilds([], process.execPath)
  if (found.kind === 'none') throw new PreflightError(`${found.problem} — ${found.fix}`)
  return found.builds
}
