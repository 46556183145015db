import type { InstanceRow } from '../store/report-rows.ts'

/** Instances that were not accepted, for one reason. */
export interface ReasonCount {
  readonly outcome: 'rejected' | 'unsolvable' | 'faulted'
  /** The outcome again where there is only one reason for it. */
  readonly reason: string
  readonly instances: number
  /** Some of them, with what was said. */
  readonly examples: readonly Pick<InstanceRow, 'instance_id' | 'explanation'>[]
}

const examplesShown = 3

/** Most first, then by name. */
export function reasonsOf(instances: readonly InstanceRow[]): ReasonCount[] {
  const ended = instances.flatMap((row) => {
    const outcome = outcomeOf(row)
    return outcome === null ? [] : [{ row, outcome, reason: row.reason ?? outcome }]
  })
  return [...Map.groupBy(ended, ({ outcome, reason }) => `${outcome} ${reason}`).values()]
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { outcome, reason } = first
      const examples = group.slice(0, examplesShown).map(({ row }) => row)
      return [{ outcome, reason, instances: group.length, examples }]
    })
    .toSorted((a, b) => b.instances - a.instances || (a.reason < b.reason ? -1 : 1))
}

function outcomeOf({ state, outcome }: InstanceRow): ReasonCount['outcome'] | null {
  if (state === 'faulted') return 'faulted'
  return outcome === 'rejected' || outcome === 'unsolvable' ? outcome : null
}
