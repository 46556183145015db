import type { Host } from '../domain/host.ts'
import { connect } from '../ssh/connect.ts'
import type { Remote } from '../ssh/connection.ts'
import { type PushEnd, push } from '../ssh/push.ts'
import { orderedMap } from '../util/ordered-map.ts'
import { Semaphore } from '../util/semaphore.ts'
import { chooseBuild, type NodeBuilds } from './node-builds.ts'

export interface PushOptions {
  readonly builds: NodeBuilds
  /** Bounds how many binaries are on their way at a time. */
  readonly streams: Semaphore
  readonly signal: AbortSignal
}

/** Enough for the whole binary over 1 Mbit/s. */
const wayMs = 15 * 60_000

/** Brings this openswe to the host of a connection. It is run there as the path says: `PATH node attach …`. */
export function pushTo(connection: Remote, workFolder: string, options: PushOptions): Promise<PushEnd> {
  const { builds, streams, signal } = options
  return push(connection, {
    workFolder,
    name: 'openswe',
    wanted: [...builds.values()].map(({ label }) => label.sha256),
    choose: (machine) => chooseBuild(builds, machine),
    streams,
    timeoutMs: wayMs,
    signal,
  })
}

/** What came of one host. */
export interface HostPush {
  readonly host: Host
  readonly end: PushEnd
  readonly durationMs: number
}

export interface PushAllOptions {
  readonly builds: NodeBuilds
  /** Connections that may be in the making at a time. */
  readonly starts: number
  readonly streams: number
  readonly agentSocket: string | undefined
  readonly signal: AbortSignal
}

/** Brings this openswe to all hosts, and yields what came of each in their order. One that fails stops no other. */
export function pushToAll(hosts: readonly Host[], options: PushAllOptions): AsyncGenerator<HostPush> {
  const starts = new Semaphore(options.starts)
  const streams = new Semaphore(options.streams)
  return orderedMap(hosts, Math.max(1, hosts.length), async (host) => {
    const startedAtMs = performance.now()
    const end = await pushToHost(host, starts, streams, options)
    return { host, end, durationMs: performance.now() - startedAtMs }
  })
}

async function pushToHost(
  host: Host,
  starts: Semaphore,
  streams: Semaphore,
  { builds, agentSocket, signal }: PushAllOptions,
): Promise<PushEnd> {
  try {
    const connected = await connect(host, { signal, starts, agentSocket })
    if (connected.kind === 'failed') return connected
    await using connection = connected.connection
    return await pushTo(connection, host.workFolder, { builds, streams, signal })
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(`openswe could not be pushed to ${host.name}`, { cause: error })
  }
}
