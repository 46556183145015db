import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rename, stat } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { printable } from '../util/printable.ts'
import { type DoorAnswer, knock, type NodeIdentity } from './node-door.ts'
import { takenExitCode } from './serve-node.ts'

export interface AttachOptions {
  readonly folder: string
  readonly identity: NodeIdentity
  /** What starts the process where none runs, program and arguments; null where something else will. */
  readonly command: readonly string[] | null
  /** How long it may take to start or to answer. Default 20 s. */
  readonly startMs?: number
}

export type AttachAnswer =
  | { readonly kind: 'joined'; readonly socket: Socket }
  /** `message` says in one line what is in the way, and what to do about it. */
  | { readonly kind: 'refused'; readonly message: string }

const pollMs = 50
/** The process that holds the folder may be about to end. */
const startAgainMs = 2_000
const logLimitBytes = 8 * 1024 * 1024
const shownLogBytes = 600

/** Joins the process of a node, and starts it where none runs. It goes on when this process ends, in whatever way. */
export async function attachNode(options: AttachOptions): Promise<AttachAnswer> {
  const { folder, identity, command, startMs = 20_000 } = options
  const endsAtMs = performance.now() + startMs
  let started: { readonly child: Bun.Subprocess; readonly atMs: number } | null = null
  for (;;) {
    const answer = await knock(folder, identity, startMs)
    if (answer.kind === 'joined') return answer
    if (answer.kind !== 'nobody') return { kind: 'refused', message: refusalOf(answer, options) }
    const nowMs = performance.now()
    const exitCode = started?.child.exitCode ?? null
    if (nowMs > endsAtMs || (exitCode !== null && exitCode !== takenExitCode)) {
      return { kind: 'refused', message: await failureOf(folder, exitCode, startMs) }
    }
    const isDue = started === null || (exitCode !== null && nowMs > started.atMs + startAgainMs)
    if (isDue && command !== null) started = { child: await start(folder, command), atMs: nowMs }
    await sleep(pollMs)
  }
}

/** In a session of its own, so that no hang-up reaches it, and with nothing of ours open but its log. */
async function start(folder: string, command: readonly string[]): Promise<Bun.Subprocess> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const log = join(folder, 'log')
  const { size } = await stat(log).catch(() => ({ size: 0 }))
  if (size > logLimitBytes) await rename(log, `${log}.1`)
  const file = openSync(log, 'a', 0o600)
  try {
    const child = Bun.spawn([...command], { detached: true, cwd: '/', stdio: ['ignore', file, file] })
    child.unref()
    return child
  } finally {
    closeSync(file)
  }
}

function refusalOf(answer: Exclude<DoorAnswer, { kind: 'joined' | 'nobody' }>, options: AttachOptions): string {
  const { folder, identity } = options
  if (answer.kind === 'silent') {
    return `E_NODE_SILENT: the process that listens in ${folder} does not answer — see ${join(folder, 'log')}, or end it`
  }
  const theirs = `protocol ${answer.identity.protocol}, ${answer.identity.build}`
  const ours = `protocol ${identity.protocol}, ${identity.build}`
  const way = `let that openswe finish or stop the run, or \`kill ${answer.pid}\` there`
  return `E_PROTO: process ${answer.pid} in ${folder} is another openswe (${theirs}; this one: ${ours}) — ${way}`
}

async function failureOf(folder: string, exitCode: number | null, startMs: number): Promise<string> {
  const log = join(folder, 'log')
  const said = (await readFile(log, 'utf8').catch(() => '')).slice(-shownLogBytes)
  const how = exitCode === null ? `does not listen after ${startMs / 1000} s` : `ended with exit code ${exitCode}`
  return `E_NODE_START: the node's process ${how}; ${log} ends: ${printable(said.trim())}`
}
