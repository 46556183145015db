import type { Host } from '../domain/host.ts'
import { connect } from '../ssh/connect.ts'
import type { SshTrouble } from '../ssh/trouble.ts'
import type { ByteChannel } from '../util/byte-channel.ts'
import type { Semaphore } from '../util/semaphore.ts'
import { shellJoin } from '../util/shell-quote.ts'
import { type PushOptions, pushTo } from './fleet-push.ts'
import { type OpenedNode, unopened } from './node-link.ts'
import { nodeWords } from './node-words.ts'

export interface SshNodeOptions extends Omit<PushOptions, 'signal'> {
  readonly runId: string
  /** Connections that may be in the making at a time. */
  readonly starts: Semaphore
  readonly agentSocket: string | undefined
}

/** What stays as it is until a person mends it. */
const finalKinds: ReadonlySet<string> = new Set<SshTrouble['kind']>([
  'misconfigured',
  'identity-unusable',
  'key-unknown',
  'key-changed',
  'key-revoked',
  'auth-failed',
  'no-shell',
  'incompatible',
])

/** A way to a node over SSH: connects, brings this openswe there where it is not, and joins the node's process. */
export async function openSshNode(host: Host, options: SshNodeOptions, signal: AbortSignal): Promise<OpenedNode> {
  const { runId, builds, starts, streams, agentSocket } = options
  const connected = await connect(host, { signal, starts, agentSocket })
  if (connected.kind === 'failed') return unopened(connected.trouble, finalKinds)
  const { connection } = connected
  const pushed = await pushTo(connection, host.workFolder, { builds, streams, signal })
  if (pushed.kind === 'failed') {
    await connection[Symbol.asyncDispose]()
    return unopened(pushed.trouble, finalKinds)
  }
  const { path } = pushed
  const words = nodeWords({ runId, name: host.name, dockerSocket: host.dockerSocket, path })
  const opened = await connection.open(shellJoin([path, 'node', 'attach', ...words]), { signal })
  if (opened.kind === 'failed') {
    await connection[Symbol.asyncDispose]()
    return unopened(opened.trouble, finalKinds)
  }
  return { kind: 'opened', channel: owning(opened.channel, connection) }
}

/** The connection goes when the channel does. */
function owning(channel: ByteChannel, connection: AsyncDisposable): ByteChannel {
  void channel.closed.then(() => connection[Symbol.asyncDispose]())
  return channel
}
