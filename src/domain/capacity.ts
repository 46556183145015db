import type { ContainerLimits } from './container-limits.ts'

/** What a machine has, as far as slots and limits follow from it. */
export interface Capacity {
  readonly cpus: number
  readonly memoryBytes: number
  /** Of the engine's disk; absent where nobody knows. */
  readonly freeDiskBytes?: number
}

const gibibyte = 2 ** 30
const slotMemoryBytes = 4 * gibibyte
const slotDiskBytes = 10 * gibibyte
const mostSlots = 64

/** A slot wants a CPU, 4 GiB of memory and 10 GiB of free disk. */
export function defaultSlots({ cpus, memoryBytes, freeDiskBytes }: Capacity): number {
  const byDisk = freeDiskBytes === undefined ? mostSlots : freeDiskBytes / slotDiskBytes
  return Math.max(1, Math.floor(Math.min(cpus, memoryBytes / slotMemoryBytes, byDisk, mostSlots)))
}

/**
 * The limits of OpenSWE's paper (4 CPUs, 24 GiB), scaled down to what a slot of this machine can have. Of what tests print as
 * much is kept as of a build's log: an iteration has seven runs, and travels and is stored as one.
 */
export function defaultLimits(capacity: Capacity, slots: number): ContainerLimits {
  return {
    cpus: Math.min(4, capacity.cpus),
    memoryBytes: Math.min(24 * gibibyte, Math.floor((0.8 * capacity.memoryBytes) / slots)),
    pids: 4096,
    fileSizeBytes: 20 * gibibyte,
    diskBytes: 20 * gibibyte,
    outputBytes: 8 * 2 ** 20,
    timeoutMs: 30 * 60_000,
  }
}
