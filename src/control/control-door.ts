import { chmod, lstat, mkdir, rmdir } from 'node:fs/promises'
import type { Socket } from 'node:net'
import packageFile from '../../package.json' with { type: 'json' }
import { databasePath } from '../store/database-path.ts'
import { readLine } from '../util/read-line.ts'
import { listenAt } from '../util/unix-socket.ts'
import { type ControlReply, type ControlRequest, parseRequest, replyLine } from './control-request.ts'
import type { Fleet } from './fleet.ts'

/** What a door lets others do to a run. */
export interface Steered {
  readonly fleet: Pick<
    Fleet,
    'isPaused' | 'waiting' | 'nodes' | 'tail' | 'pause' | 'drain' | 'setSlots' | 'finishRunning' | 'stop'
  >
  /** Queues again what ended of an instance; says why where it does not, else null. */
  retry(instanceId: string): string | null
}

export interface ControlDoor extends AsyncDisposable {
  /** Until it leads to a run, and where it leads to none any more, requests are put off. */
  leadTo(run: Steered | null): void
}

export const controlSocketName = 'socket'

const requestBytes = 64 * 1024
const requestMs = 10_000
const mostVisitors = 32

/** Where the door to a run over this database is, whatever links name it. */
export function controlFolder(database: string): string {
  return `${databasePath(database)}-control`
}

/**
 * Lets other processes of this user ask things of a run until disposed of: a line each, answered by a line. For the holder
 * of the database's write lock: what is there of one that was killed is taken over. `onDone` is told of each request that
 * was fulfilled. Throws where the folder is not this user's, or cannot hold a socket.
 */
export async function openControlDoor(
  database: string,
  onDone: (request: ControlRequest) => void,
): Promise<ControlDoor> {
  const folder = controlFolder(database)
  await makePrivate(folder)
  let steered: Steered | null = null
  let visitors = 0
  const answer = async (line: string) => {
    const request = parseRequest(line)
    const reply = await replyTo(request, steered)
    if (request !== null && reply.kind === 'done') onDone(request)
    return reply
  }
  const door = await listenAt(folder, controlSocketName, (socket) => {
    if (visitors >= mostVisitors) {
      socket.destroy()
      return
    }
    visitors += 1
    socket.once('close', () => {
      visitors -= 1
    })
    void serve(socket, answer)
  })
  await chmod(`${folder}/${controlSocketName}`, 0o600)
  return {
    leadTo: (run) => {
      steered = run
    },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]()
      // Where something else is in it, the next run over this database takes it as it is.
      await rmdir(folder).catch(() => undefined)
    },
  }
}

async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new Error(`${folder} is not a folder of this user`)
  await chmod(folder, 0o700)
}

async function serve(socket: Socket, answer: (line: string) => Promise<ControlReply>): Promise<void> {
  const line = await readLine(socket, requestBytes, AbortSignal.timeout(requestMs))
  if (line === null) return
  // Whatever else comes is not read.
  const reply = await answer(line)
  socket.end(replyLine(reply), () => socket.destroy())
}

async function replyTo(request: ControlRequest | null, steered: Steered | null): Promise<ControlReply> {
  if (request === null) return refused(`openswe ${packageFile.version}, which runs it, does not know this request`)
  if (steered === null) {
    return { kind: 'beginning', explanation: 'the run is still beginning, or at its end — ask again in a moment' }
  }
  try {
    return await fulfil(request, steered)
  } catch (error) {
    return refused(String(error))
  }
}

async function fulfil(request: ControlRequest, { fleet, retry }: Steered): Promise<ControlReply> {
  switch (request.command) {
    case 'look':
      return done(fleet)
    case 'pause':
    case 'resume':
      fleet.pause(request.command === 'pause')
      return done(fleet)
    case 'stop':
      if (request.isNow) fleet.stop()
      else fleet.finishRunning()
      return done(fleet)
    case 'drain': {
      const unknown = unknownNode(request.nodes, fleet)
      if (unknown !== null) return unknown
      for (const node of request.nodes) fleet.drain(node, !request.isUndone)
      return done(fleet)
    }
    case 'slots': {
      const unknown = unknownNode([request.node], fleet)
      if (unknown !== null) return unknown
      fleet.setSlots(request.node, request.slots)
      return done(fleet)
    }
    case 'retry': {
      const why = retry(request.instance_id)
      return why === null ? done(fleet) : refused(why)
    }
    case 'tail':
      return { kind: 'tail', text: await fleet.tail(request.attempt) }
  }
}

/** All of them are looked at before anything is done. */
function unknownNode(wanted: readonly string[], fleet: Steered['fleet']): ControlReply | null {
  const nodes = fleet.nodes().map(({ node }) => node)
  const node = wanted.find((name) => !nodes.includes(name))
  return node === undefined ? null : { kind: 'unknown-node', node, nodes }
}

function done(fleet: Steered['fleet']): ControlReply {
  const nodes = fleet
    .nodes()
    .map(({ node, state, slots, running, waiting }) => ({ node, state, slots, running, waiting }))
  return { kind: 'done', isPaused: fleet.isPaused, waiting: fleet.waiting, nodes }
}

function refused(explanation: string): ControlReply {
  return { kind: 'refused', explanation }
}
