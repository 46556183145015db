import { basename, dirname } from 'node:path'

/** A real smart-HTTP git server on this machine: `git http-backend` behind Bun's server. */
export interface GitServer extends Disposable {
  /** URL template; a repository of any owner is served from `gitDir` if its name is that of the folder. */
  readonly template: string
  /** Paths asked for so far. */
  readonly requests: readonly string[]
  /** While false, requests are accepted and never answered. */
  isAnswering: boolean
  /** Resolves at the next request. */
  nextRequest(): Promise<void>
}

export function serveGit(gitDir: string): GitServer {
  const requests: string[] = []
  let noticed = Promise.withResolvers<void>()
  const server = Bun.serve({
    port: 0,
    idleTimeout: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const url = new URL(request.url)
      requests.push(url.pathname)
      noticed.resolve()
      if (!state.isAnswering) return new Promise<Response>(() => {})
      if (!url.pathname.includes(`/${basename(gitDir)}/`)) return new Response('no', { status: 404 })
      return backend(dirname(gitDir), request, url)
    },
  })
  const state: GitServer = {
    template: `http://127.0.0.1:${server.port}/{repo}`,
    requests,
    isAnswering: true,
    nextRequest: () => {
      noticed = Promise.withResolvers<void>()
      return noticed.promise
    },
    [Symbol.dispose]: () => void server.stop(true),
  }
  return state
}

async function backend(root: string, request: Request, url: URL): Promise<Response> {
  const child = Bun.spawn(['git', 'http-backend'], {
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: request.headers.get('git-protocol') ?? '',
      PATH_INFO: url.pathname.replace(/^\/[^/]+/, ''),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers.get('content-type') ?? '',
      HTTP_CONTENT_ENCODING: request.headers.get('content-encoding') ?? '',
    },
    stdin: await request.bytes(),
    stdout: 'pipe',
    stderr: 'ignore',
  })
  const output = Buffer.from(await new Response(child.stdout).arrayBuffer())
  const end = output.indexOf('\r\n\r\n')
  const lines = output.subarray(0, end).toString().split('\r\n')
  const headers = new Headers(lines.map((line) => line.split(': ', 2) as [string, string]))
  const status = Number(headers.get('status')?.slice(0, 3) ?? 200)
  headers.delete('status')
  return new Response(output.subarray(end + 4), { status, headers })
}
