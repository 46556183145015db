import type { NodeFacts } from '../domain/node-facts.ts'
import { formatBytes } from '../util/quantity.ts'
import { enoughFactor, type Watermarks } from './watermarks.ts'

/** What there is too little of to begin a build or a container. */
export type Shortage = 'engine' | 'disk' | 'inodes' | 'work-disk' | 'memory'

export type MeasuredFacts = Omit<NodeFacts, 'waitingFor'> & {
  /** On the disk of the work folder. */
  readonly freeWorkBytes: number
}

/**
 * What a node is short of now; what it was short of before must be there in plenty. An engine that is gone is none of it:
 * what wants it fails, and is tried on another node.
 */
export function shortagesOf(
  facts: MeasuredFacts,
  marks: Watermarks,
  before: ReadonlySet<Shortage>,
): ReadonlySet<Shortage> {
  const isShort: Readonly<Record<Shortage, (factor: number) => boolean>> = {
    engine: () => facts.engine === 'hung',
    disk: (factor) => facts.freeDiskBytes < factor * marks.startDiskBytes,
    inodes: (factor) => facts.freeInodeShare < factor * marks.startInodeShare,
    'work-disk': (factor) => facts.freeWorkBytes < factor * marks.startWorkBytes,
    memory: (factor) => facts.freeMemoryBytes < factor * marks.startMemoryShare * facts.memoryBytes,
  }
  const all = Object.keys(isShort) as Shortage[]
  return new Set(all.filter((name) => isShort[name](before.has(name) ? enoughFactor : 1)))
}

/** For a person, such as `memory: 1.1 GiB free of 16.0 GiB`. */
export function describeShortage(shortage: Shortage, facts: MeasuredFacts): string {
  switch (shortage) {
    case 'engine':
      return 'Docker, which does not answer'
    case 'disk':
      return `disk: ${formatBytes(facts.freeDiskBytes)} free of ${formatBytes(facts.diskBytes)}`
    case 'inodes':
      return `inodes: ${(100 * facts.freeInodeShare).toFixed(1)} % free`
    case 'work-disk':
      return `disk of the work folder: ${formatBytes(facts.freeWorkBytes)} free`
    case 'memory':
      return `memory: ${formatBytes(facts.freeMemoryBytes)} free of ${formatBytes(facts.memoryBytes)}`
  }
}
