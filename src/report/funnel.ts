import type { InstanceRow } from '../store/report-rows.ts'
import type { SolverTries } from '../store/rollouts.ts'

/** Instances that came so far. */
export interface FunnelStep {
  readonly name: string
  readonly instances: number
}

type Ending = InstanceRow['endings'][number]

const written: ReadonlySet<Ending> = new Set([
  'dockerfile-refused',
  'build-failed',
  'build-timed-out',
  'evaluated',
  'accepted',
])
const built: ReadonlySet<Ending> = new Set(['evaluated', 'accepted'])

/** From all instances to those that a solver resolved; each step holds only instances of the one before it. */
export function funnelOf(instances: readonly InstanceRow[], tries: readonly SolverTries[]): FunnelStep[] {
  const ended = instances.filter(({ state }) => state === 'settled' || state === 'faulted')
  const got = (to: ReadonlySet<Ending>) =>
    ended.filter(({ outcome, endings }) => outcome === 'accepted' || endings.some((ending) => to.has(ending)))
  const accepted = new Set(ended.flatMap((row) => (row.outcome === 'accepted' ? [row.instance_id] : [])))
  const steps = [
    { name: 'Instances', instances: instances.length },
    { name: 'Worked on to an end', instances: ended.length },
    { name: 'Environment written', instances: got(written).length },
    { name: 'Image built', instances: got(built).length },
    { name: 'Accepted', instances: accepted.size },
  ]
  if (tries.length === 0) return steps
  const triedBy = (wanted: (row: SolverTries) => boolean) =>
    new Set(tries.filter((row) => wanted(row) && accepted.has(row.instance_id)).map((row) => row.instance_id)).size
  return [
    ...steps,
    { name: 'Tried by a solver', instances: triedBy(({ tried }) => tried > 0) },
    { name: 'Resolved at least once', instances: triedBy(({ resolved }) => resolved > 0) },
  ]
}
