import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { controlFolder, controlSocketName } from '../control/control-door.ts'
import {
  type ControlReply,
  type ControlRequest,
  parseReply,
  requestLine,
  type TailReply,
  type TailRequest,
} from '../control/control-request.ts'
import { writerOf } from '../store/lock.ts'
import { openRuns } from '../store/runs.ts'
import { openStore } from '../store/store.ts'
import { readLine } from '../util/read-line.ts'
import { connectAt } from '../util/unix-socket.ts'

/** What changes a run, or asks how it stands. */
export type SteeringRequest = Exclude<ControlRequest, TailRequest>

export type ControlAnswer =
  | Exclude<ControlReply, TailReply>
  /** No run was asked, since no process runs one, or one that cannot be; `explanation` says in one line what to do. */
  | { readonly kind: 'absent' | 'unreachable'; readonly explanation: string }

const replyBytes = 1024 * 1024
const replyMs = 30_000

/** Asks the process that runs a run over this database, which is found by its path. */
export async function askControl(database: string, request: SteeringRequest): Promise<ControlAnswer> {
  try {
    const answer = (await ask(database, request)) ?? (await whyNobody(database))
    return answer.kind === 'tail' ? otherVersion(database) : answer
  } catch (error) {
    if (!isForbidden(error)) throw error
    return unreachable(`the run over ${database} is another user's: only they can ask it something`)
  }
}

/** The end of what an attempt prints now; null where nobody who runs it can be asked. */
export async function askTail(database: string, attempt: number): Promise<string | null> {
  const answer = await ask(database, { command: 'tail', attempt })
  return answer?.kind === 'tail' ? answer.text : null
}

/** Null where no process listens. */
async function ask(database: string, request: ControlRequest): Promise<ControlAnswer | TailReply | null> {
  try {
    const socket = await connectAt(controlFolder(database), controlSocketName)
    return socket === null ? null : await askThrough(socket, database, request)
  } catch (error) {
    if (!isTurnedAway(error)) throw error
    return silent(database)
  }
}

async function askThrough(
  socket: Socket,
  database: string,
  request: ControlRequest,
): Promise<ControlAnswer | TailReply> {
  try {
    socket.write(requestLine(request))
    const line = await readLine(socket, replyBytes, AbortSignal.timeout(replyMs))
    return line === null ? silent(database) : (parseReply(line) ?? otherVersion(database))
  } finally {
    socket.destroy()
  }
}

async function whyNobody(database: string): Promise<ControlAnswer> {
  const writer = await writerOf(database)
  if (writer.kind === 'held') {
    const who = writer.by === null ? 'another process' : `process ${writer.by.pid} on ${writer.by.host}`
    return unreachable(`${who} writes ${database}, but cannot be asked anything: it said why when it began`)
  }
  const left = existsSync(database) ? await leftToItsNodes(database) : undefined
  return absent(
    left === undefined
      ? `no run is in progress over ${database} — start one, or name its database with --db`
      : `${left.join(', ')} may still work on a run over ${database}, but no openswe is attached — come back to it by the command that began it`,
  )
}

/** The nodes that a run was left to. */
async function leftToItsNodes(database: string): Promise<readonly string[] | undefined> {
  using store = await openStore(database, 'read')
  return openRuns(store).find(({ hosts }) => hosts !== null)?.hosts ?? undefined
}

function silent(database: string): ControlAnswer {
  return unreachable(`the run over ${database} does not answer: is its process stopped, at its end, or asked by many?`)
}

function otherVersion(database: string): ControlAnswer {
  return unreachable(`the run over ${database} is another openswe's: use that one`)
}

function unreachable(explanation: string): ControlAnswer {
  return { kind: 'unreachable', explanation }
}

function absent(explanation: string): ControlAnswer {
  return { kind: 'absent', explanation }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
}

/** A door that has too many visitors closes a connection before it is there. */
function isTurnedAway(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
}
