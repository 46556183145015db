import type { ContainerLimits } from '../domain/container-limits.ts'

/** What a machine has, as far as limits follow from it. */
export interface Capacity {
  readonly cpus: number
  readonly memoryBytes: number
}

const gibibyte = 2 ** 30

/** A slot wants a CPU and 4 GiB of memory. */
export function defaultSlots(capacity: Capacity): number {
  return Math.max(1, Math.min(Math.floor(capacity.cpus), Math.floor(capacity.memoryBytes / (4 * gibibyte)), 64))
}

/** The limits of OpenSWE's paper (4 CPUs, 24 GiB), scaled down to what a slot of this machine can have. */
export function defaultLimits(capacity: Capacity, slots: number): ContainerLimits {
  return {
    cpus: Math.min(4, capacity.cpus),
    memoryBytes: Math.min(24 * gibibyte, Math.floor((0.8 * capacity.memoryBytes) / slots)),
    pids: 4096,
    fileSizeBytes: 20 * gibibyte,
    diskBytes: 20 * gibibyte,
    outputBytes: 64 * 2 ** 20,
    timeoutMs: 30 * 60_000,
  }
}
