import type { Socket } from 'node:net'
import * as v from 'valibot'
import { readLine } from '../util/read-line.ts'
import { connectAt, listenAt } from '../util/unix-socket.ts'

/** Who a node process is: a bridge joins control only to one that is as itself. */
export interface NodeIdentity {
  readonly protocol: number
  /** Names the program, such as the hash of its file. */
  readonly build: string
}

export type DoorAnswer =
  | { readonly kind: 'joined'; readonly socket: Socket }
  /** Nobody listens. */
  | { readonly kind: 'nobody' }
  /** Somebody listens, and does not say who it is in time. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'other'; readonly identity: NodeIdentity; readonly pid: number }

const socketName = 'socket'
const greetingMs = 10_000
const greetingBytes = 4096
const joining = 'join'

const greetingSchema = v.object({
  openswe: v.literal('node'),
  protocol: v.number(),
  build: v.string(),
  pid: v.number(),
})

/** Lets bridges in until disposed of: each is told who this is, and joins only if it likes that. */
export function openDoor(
  folder: string,
  identity: NodeIdentity,
  onJoin: (socket: Socket) => void,
): Promise<AsyncDisposable> {
  return listenAt(folder, socketName, (socket) => void welcome(socket, identity, onJoin))
}

async function welcome(socket: Socket, identity: NodeIdentity, onJoin: (socket: Socket) => void): Promise<void> {
  socket.write(`${JSON.stringify({ openswe: 'node', ...identity, pid: process.pid })}\n`)
  const line = await readLine(socket, greetingBytes, AbortSignal.timeout(greetingMs))
  if (line === joining) onJoin(socket)
  else socket.destroy()
}

/** The other side of it. */
export async function knock(folder: string, identity: NodeIdentity, waitMs: number): Promise<DoorAnswer> {
  const socket = await connectAt(folder, socketName)
  if (socket === null) return { kind: 'nobody' }
  const line = await readLine(socket, greetingBytes, AbortSignal.timeout(waitMs))
  const greeting = v.safeParse(v.pipe(v.string(), v.parseJson(), greetingSchema), line)
  if (!greeting.success) {
    socket.destroy()
    return { kind: 'silent' }
  }
  const { protocol, build, pid } = greeting.output
  if (protocol !== identity.protocol || build !== identity.build) {
    socket.destroy()
    return { kind: 'other', identity: { protocol, build }, pid }
  }
  socket.write(`${joining}\n`)
  return { kind: 'joined', socket }
}
