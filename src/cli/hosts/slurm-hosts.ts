import { readSlurm } from '../../config/hosts-file.ts'
import { describeHostsProblems } from '../../config/hosts-problem.ts'
import { environmentVariable } from '../../config/process-environment.ts'
import type { NodeBuilds } from '../../control/node-builds.ts'
import { slurmNode, slurmServe } from '../../control/slurm-node.ts'
import type { SlurmSettings } from '../../domain/slurm.ts'
import { slurmVariables } from '../../slurm/call.ts'
import { nodeName } from '../../slurm/commands.ts'
import { openSlurmFleet, type SlurmFleet } from '../../slurm/fleet.ts'
import { realClock } from '../../util/clock.ts'
import { Semaphore } from '../../util/semaphore.ts'
import { PreflightError, UsageError } from '../errors.ts'
import type { FleetHost } from '../run-on-fleet.ts'
import { type FleetHosts, nodeBuilds } from './fleet-hosts.ts'

/** Binaries on their way at a time. */
const streamCount = 8
/** What node processes get to remove their containers. */
const leaveMs = 30_000

/** The machines that a hosts.toml asks of Slurm. Throws UsageError, PreflightError. */
export async function slurmHosts(file: string): Promise<FleetHosts> {
  const read = await readSlurm(file)
  if (read.kind === 'refused') {
    throw new UsageError(`hosts cannot be read\n${describeHostsProblems(file, read.problems)}`)
  }
  const settings = read.slurm
  const builds = await nodeBuilds()
  return {
    names: Array.from({ length: settings.nodes }, (_, index) => nodeName(index + 1)),
    async open(runId, signal) {
      const { fleet, builds: own } = await openFleet(settings, runId, builds, signal)
      const { workFolder, dockerSocket } = settings
      const shared = {
        runId,
        builds: own,
        workFolder,
        dockerSocket,
        clock: realClock,
        streams: new Semaphore(streamCount),
      }
      const hosts = fleet.nodes.map(
        (name): FleetHost => ({
          name,
          slots: settings.slots ?? null,
          open: slurmNode(fleet, name, shared),
        }),
      )
      return { hosts, giveBack: () => giveBack(fleet) }
    },
  }
}

async function openFleet(settings: SlurmSettings, runId: string, builds: NodeBuilds, signal: AbortSignal) {
  const { workFolder, dockerSocket } = settings
  // The jobs name what they start before it is known where they will be.
  const [own] = builds
  if (own === undefined) throw new Error('there is no build')
  const serve = slurmServe({ runId, build: own[1].parcel.content.sha256, workFolder, dockerSocket })
  const opened = await openSlurmFleet(settings, { runId, serve, environment: slurmEnvironment() }, signal)
  if (opened.kind === 'failed') throw new PreflightError(`${opened.trouble.message} — ${opened.trouble.fix}`)
  return { fleet: opened.fleet, builds: new Map([own]) }
}

function slurmEnvironment(): Readonly<Record<string, string>> {
  const set = slurmVariables.map((name) => [name, environmentVariable(name)] as const)
  return Object.fromEntries(set.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

async function giveBack(fleet: SlurmFleet): Promise<string | null> {
  const left = await fleet.leave(leaveMs, realClock, new AbortController().signal)
  return left.kind === 'failed' ? `${left.trouble.message} — ${left.trouble.fix}` : null
}
