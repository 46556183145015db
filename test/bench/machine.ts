import { cpus, loadavg, release, totalmem, type } from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly cpus: number
  readonly model: string
  readonly memoryBytes: number
  readonly system: string
  readonly bun: string
}

export function thisMachine(): Machine {
  const cores = cpus()
  return {
    cpus: cores.length,
    model: cores[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    bun: Bun.version,
  }
}

/** Processes that ran or wanted to, a core, over the last minute: ours are among them. */
export function loadPerCore(): number {
  return (loadavg()[0] ?? 0) / cpus().length
}
