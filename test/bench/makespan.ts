import type { Figure, Result } from './figure.ts'
import { boundMs, fleetLoad, hourMs, paperShape } from './makespan-fleet.ts'
import { makespanOf, type OtherPolicy } from './makespan-others.ts'
import { runFleet } from './makespan-run.ts'

const others: readonly OtherPolicy[] = [
  { kind: 'static split' },
  { kind: 'buffers', size: 200 },
  { kind: 'central pull' },
]
const seed = 1

/** In virtual time, by the control and the nodes that ship: how long the paper's instances take on an unequal fleet. */
export async function makespan(signal: AbortSignal): Promise<readonly Result[]> {
  const load = fleetLoad(seed, paperShape)
  const shortestMs = boundMs(load)
  const multiple = (ms: number) => (ms / shortestMs).toFixed(2)
  const elsewhere = others.map((policy) => `${policy.kind} ${multiple(makespanOf(load, policy))}`)
  signal.throwIfAborted()
  const { makespanMs } = runFleet(load, seed)
  const { instances, repos, nodes, slots, repoShare } = paperShape
  const of = `simulated makespan of ${instances} instances of ${repos} repositories on ${nodes} × ${slots} slots, ${100 * repoShare} % of the variance of (log) durations being the repository's; of the same floor: ${elsewhere.join(', ')}`
  const figure: Figure = {
    kind: 'figure',
    unit: 'h',
    measured: { of, values: [makespanMs / hourMs] },
    floor: {
      of: 'no schedule is shorter: all slots busy to the end, or the longest alone',
      values: [shortestMs / hourMs],
    },
    goal: { of: 'ratio', atMost: 1.03 },
  }
  return [figure]
}
