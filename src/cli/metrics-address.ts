import * as v from 'valibot'
import { type ListenAddress, type MetricsServer, serveMetrics } from '../control/metrics/serve-metrics.ts'
import { PreflightError } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** `9464`, `0.0.0.0:9464` or `[::1]:9464`. */
export const metricsAddress = v.pipe(
  v.string(),
  v.check(
    (typed) => parseAddress(typed) !== null,
    (issue) => `a port such as 9464, or HOST:PORT, is wanted, not ${issue.received}`,
  ),
  v.transform((typed) => parseAddress(typed) ?? { host: defaultHost, port: 0 }),
)

const defaultHost = '127.0.0.1'

function parseAddress(typed: string): ListenAddress | null {
  const [, bracketed, plain, digits] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):)?(\d{1,5})$/.exec(typed) ?? []
  if (digits === undefined || Number(digits) > 65_535) return null
  return { host: bracketed ?? plain ?? defaultHost, port: Number(digits) }
}

/** Before a run begins: throws PreflightError where it cannot listen there. */
export function openMetrics(address: ListenAddress, terminal: Terminal): MetricsServer {
  try {
    const server = serveMetrics(address)
    terminal.err(`metrics: ${server.url}\n`)
    return server
  } catch (error) {
    const where = `${address.host}:${address.port}`
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new PreflightError(
      code === 'EADDRINUSE'
        ? `--metrics: something listens on ${where} already — name another port`
        : `--metrics: cannot listen on ${where} (${code}) — name an address of this machine and a port that is free`,
      { cause: error },
    )
  }
}
