import { prometheusContentType } from '../../util/prometheus-text.ts'

export interface ListenAddress {
  readonly host: string
  /** 0 leaves the choice to the system. */
  readonly port: number
}

export interface MetricsServer extends AsyncDisposable {
  /** Where it is, with the port that it has. */
  readonly url: string
  /** From now on this is what is read; until then the answer is 503. */
  show(read: () => string): void
}

/** Serves `GET /metrics`, and nothing else, until disposed of. Throws where it cannot listen there. */
export function serveMetrics({ host, port }: ListenAddress): MetricsServer {
  let read: (() => string) | null = null
  const server = Bun.serve({
    hostname: host,
    port,
    development: false,
    // Else, outside of development, Bun lets several processes have one port, and each gets some of the requests.
    reusePort: false,
    fetch(request) {
      if (request.method !== 'GET' || new URL(request.url).pathname !== '/metrics') return said(404, 'GET /metrics')
      if (read === null) return said(503, 'the run has not begun')
      return new Response(read(), { headers: { 'content-type': prometheusContentType } })
    },
    error: (error) => said(500, String(error)),
  })
  return {
    url: new URL('/metrics', server.url).href,
    show: (reader) => {
      read = reader
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}

function said(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
