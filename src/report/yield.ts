import type { InstanceRow } from '../store/report-rows.ts'

/** What came of some instances. */
export interface Yield {
  /** What they have in common: a repository, or an author. */
  readonly name: string
  readonly instances: number
  readonly accepted: number
  readonly rejected: number
  readonly unsolvable: number
  readonly faulted: number
  /** Waiting, or being worked on. */
  readonly open: number
  readonly costUsd: number
  /** Of what all of them cost, for each accepted one; null where none is. */
  readonly costPerAcceptedUsd: number | null
}

/** One for each name, those of most instances first, then by name. */
export function yieldBy(instances: readonly InstanceRow[], nameOf: (instance: InstanceRow) => string): Yield[] {
  const groups = Map.groupBy(instances, nameOf)
  return [...groups]
    .map(([name, group]) => yieldOf(name, group))
    .toSorted((a, b) => b.instances - a.instances || (a.name < b.name ? -1 : 1))
}

export function yieldOf(name: string, instances: readonly InstanceRow[]): Yield {
  const count = (of: (instance: InstanceRow) => boolean) => instances.filter(of).length
  const accepted = count(({ outcome }) => outcome === 'accepted')
  const costUsd = instances.reduce((sum, { cost_usd }) => sum + cost_usd, 0)
  return {
    name,
    instances: instances.length,
    accepted,
    rejected: count(({ outcome }) => outcome === 'rejected'),
    unsolvable: count(({ outcome }) => outcome === 'unsolvable'),
    faulted: count(({ state }) => state === 'faulted'),
    open: count(isOpen),
    costUsd,
    costPerAcceptedUsd: accepted === 0 ? null : costUsd / accepted,
  }
}

/** The share of those with a verdict that is accepted; null where none has one. */
export function acceptedShare({ accepted, rejected, unsolvable }: Yield): number | null {
  const decided = accepted + rejected + unsolvable
  return decided === 0 ? null : accepted / decided
}

function isOpen({ state }: InstanceRow): boolean {
  return state === 'queued' || state === 'leased' || state === 'running'
}
