import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeFacts } from '../domain/node-facts.ts'
import { cgroupBounds } from '../util/cgroup.ts'

export type MachineFacts = Pick<NodeFacts, 'cpus' | 'load' | 'memoryBytes' | 'freeMemoryBytes'>

/**
 * What the machine has, as far as this process may use it: a job of a cluster sees its own share. `root` is where the
 * system's files are.
 */
export async function machineFacts(root = '/'): Promise<MachineFacts> {
  const [status, load, memory, bounds] = await Promise.all([
    readFile(join(root, 'proc/self/status'), 'utf8'),
    readFile(join(root, 'proc/loadavg'), 'utf8'),
    readFile(join(root, 'proc/meminfo'), 'utf8'),
    cgroupBounds(root),
  ])
  const memoryBytes = Math.min(bytesOf(memory, 'MemTotal'), bounds.memoryBytes ?? Number.POSITIVE_INFINITY)
  return {
    cpus: Math.min(allowedCpus(status), bounds.cpus ?? Number.POSITIVE_INFINITY),
    load: Number.parseFloat(load),
    memoryBytes,
    freeMemoryBytes: Math.min(bytesOf(memory, 'MemAvailable'), bounds.freeMemoryBytes ?? memoryBytes),
  }
}

/** Of a list such as `0-3,8`. */
function allowedCpus(status: string): number {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? []
  if (list === undefined) throw new Error('the kernel does not say which CPUs this process may use')
  return list.split(',').reduce((count, range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return count + last - first + 1
  }, 0)
}

function bytesOf(memory: string, name: string): number {
  const [, kibibytes] = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(memory) ?? []
  if (kibibytes === undefined) throw new Error(`the kernel does not say ${name}`)
  return Number(kibibytes) * 1024
}
