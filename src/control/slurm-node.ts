import { nodeName, type SlurmServe } from '../slurm/commands.ts'
import type { SlurmFleet } from '../slurm/fleet.ts'
import type { SlurmTrouble } from '../slurm/trouble.ts'
import type { Clock } from '../util/clock.ts'
import { shellJoin } from '../util/shell-quote.ts'
import { type PushOptions, pushTo } from './fleet-push.ts'
import { type OpenedNode, unopened } from './node-link.ts'
import { nodeWords } from './node-words.ts'
import { slurmRemote } from './slurm-remote.ts'

export interface SlurmServeOptions {
  readonly runId: string
  /** The hash of the openswe that the machines get. */
  readonly build: string
  readonly workFolder: string
  readonly dockerSocket: string
}

/**
 * How the node processes of a run are started on machines of Slurm's. Another machine may come for a name, and the process
 * of the lost one may still run in a work folder that both share: so a process is told which machine it is on.
 */
export function slurmServe({ runId, build, workFolder, dockerSocket }: SlurmServeOptions): SlurmServe {
  const path = `${workFolder}/bin/${build}/openswe`
  const name = nodeName('%a')
  const machine = '%N'
  return {
    folder: `${workFolder}/runs/${runId}/${name}/${machine}`,
    words: [path, 'node', 'serve', ...nodeWords({ runId, name, machine, workFolder, dockerSocket, path })],
  }
}

export interface SlurmNodeOptions extends Omit<PushOptions, 'signal'>, Omit<SlurmServeOptions, 'build'> {
  readonly clock: Pick<Clock, 'nowMs'>
}

/** What a machine is lost by that another may come for. Who cancelled a job wants no other. */
const replacedKinds: ReadonlySet<string> = new Set<SlurmTrouble['kind']>([
  'time-limit',
  'node-failed',
  'preempted',
  'failed',
  'completed',
  'unknown',
])
const replacementsAnHour = 3

/**
 * Ways to a node on a machine of Slurm's: each brings this openswe there where it is not, and joins the node process that
 * the machine's job starts. For a machine that was lost another is asked for, within bounds.
 */
export function slurmNode(
  fleet: SlurmFleet,
  node: string,
  options: SlurmNodeOptions,
): (signal: AbortSignal) => Promise<OpenedNode> {
  const { clock } = options
  let cancelled: SlurmTrouble | null = null
  let askedAtMs: readonly number[] = []
  return async (signal) => {
    const found = await fleet.jobOf(node, signal)
    if (found.kind === 'found') {
      cancelled = null
      return await join(fleet, { node, host: found.host }, options, signal)
    }
    const { trouble } = found
    // Slurm forgets it some minutes later.
    if (trouble.kind === 'cancelled') cancelled = trouble
    if (cancelled !== null) return unopened(cancelled, finalKinds)
    askedAtMs = askedAtMs.filter((atMs) => clock.nowMs() - atMs < 3_600_000)
    if (!replacedKinds.has(trouble.kind) || askedAtMs.length >= replacementsAnHour) return unopened(trouble, finalKinds)
    const asked = await fleet.submit([node], signal)
    if (asked.kind === 'failed') return unopened(asked.trouble, finalKinds)
    askedAtMs = [...askedAtMs, clock.nowMs()]
    return { kind: 'failed', message: `${trouble.message}; another one is asked for`, isFinal: false }
  }
}

async function join(
  fleet: SlurmFleet,
  { node, host }: { readonly node: string; readonly host: string },
  { runId, workFolder, dockerSocket, builds, streams }: SlurmNodeOptions,
  signal: AbortSignal,
): Promise<OpenedNode> {
  const pushed = await pushTo(slurmRemote(fleet, node), workFolder, { builds, streams, signal })
  if (pushed.kind === 'failed') return unopened(pushed.trouble, finalKinds)
  const { path } = pushed
  // Its work folder is as it is there: `~/` is spelled out.
  const words = nodeWords({ runId, name: node, machine: host, dockerSocket, path })
  const opened = await fleet.connect(node, shellJoin([path, 'node', 'attach', '--wait', ...words]), signal)
  return opened.kind === 'opened' ? opened : unopened(opened.trouble, finalKinds)
}

/** What stays as it is until a person mends it. */
const finalKinds: ReadonlySet<string> = new Set(['no-slurm', 'cancelled', ...replacedKinds])
