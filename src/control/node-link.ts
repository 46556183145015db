import type { Order } from '../domain/message.ts'
import { parseNodeMessage } from '../domain/message-schema.ts'
import type { ByteChannel } from '../util/byte-channel.ts'
import type { Clock } from '../util/clock.ts'
import { MessageChannel } from '../util/message-channel.ts'
import { messageOf } from '../util/message-of.ts'
import type { Fleet } from './fleet.ts'

/** What came of trying to reach a node. */
export type OpenedNode =
  | { readonly kind: 'opened'; readonly channel: ByteChannel }
  /** `isFinal`: it stays so until a person mends it, and trying again does not. */
  | { readonly kind: 'failed'; readonly message: string; readonly isFinal: boolean }

/** What stands in the way of it, with what mends it, as one line. `finalKinds` stay so until a person mends them. */
export function unopened(
  { kind, message, fix }: { readonly kind: string; readonly message: string; readonly fix: string },
  finalKinds: ReadonlySet<string>,
): OpenedNode {
  return { kind: 'failed', message: `${message} — ${fix}`, isFinal: finalKinds.has(kind) }
}

export interface NodeLinkOptions {
  readonly node: string
  /** Makes a way to the node's process, which it starts where none runs. */
  readonly open: (signal: AbortSignal) => Promise<OpenedNode>
  /** Told when the node cannot be reached, and again only where it is for another reason. */
  readonly onTrouble: (message: string) => void
  readonly clock: Clock
  readonly signal: AbortSignal
}

const firstWaitMs = 1_000
const longestWaitMs = 60_000
/** How often something that only a person can mend is looked at again. */
const finalWaitMs = 5 * 60_000

/** Keeps a node connected until the signal is aborted: after every end of a connection it makes another. */
export async function keepConnected(fleet: Fleet, options: NodeLinkOptions): Promise<void> {
  const { node, open, clock, signal } = options
  const tell = teller(fleet, options)
  for (let tries = 0; !signal.aborted; tries += 1) {
    const opened = await open(signal).catch((error: unknown) => failedBy(error))
    const trouble = opened.kind === 'failed' ? opened : await talk(fleet, node, opened.channel, signal)
    tell(trouble)
    if (trouble === null) tries = 0
    const ceilingMs = trouble?.isFinal === true ? finalWaitMs : Math.min(longestWaitMs, firstWaitMs * 2 ** tries)
    await clock.sleep(ceilingMs / 2 + (clock.random() * ceilingMs) / 2, signal).catch(() => undefined)
  }
}

type Trouble = Extract<OpenedNode, { kind: 'failed' }>

function teller(fleet: Fleet, { node, onTrouble, signal }: NodeLinkOptions): (trouble: Trouble | null) => void {
  let told: string | null = null
  return (trouble) => {
    const message = signal.aborted ? null : (trouble?.message ?? null)
    if (message !== null) fleet.unreachable(node, message)
    if (message !== null && message !== told) onTrouble(message)
    told = message
  }
}

/** Carries messages until the connection ends. It was none where nothing came: then this says why. */
async function talk(fleet: Fleet, node: string, bytes: ByteChannel, signal: AbortSignal): Promise<Trouble | null> {
  const channel = new MessageChannel(bytes)
  const connection = fleet.connected(node, {
    send: (order) => channel.send(order, laneOf(order)),
    close: (why) => channel.close(why),
  })
  const onAbort = () => channel.close('the run is over here')
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort)
  let isHeard = false
  try {
    for await (const value of channel) {
      fleet.receive(node, connection, parseNodeMessage(value))
      isHeard = true
    }
  } catch (error) {
    // Of another version, or not a node at all.
    channel.close(messageOf(error))
  }
  signal.removeEventListener('abort', onAbort)
  const why = await channel.closed
  fleet.disconnected(node, connection, why)
  return isHeard ? null : { kind: 'failed', message: why, isFinal: false }
}

/** Heartbeats do not wait behind a lease with megabytes of history. */
function laneOf({ type }: Order): 'pulse' | 'bulk' {
  return type === 'heartbeat-answer' ? 'pulse' : 'bulk'
}

function failedBy(error: unknown): Trouble {
  return { kind: 'failed', message: messageOf(error), isFinal: false }
}
