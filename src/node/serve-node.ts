import { chmod, mkdir, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { tryLockFile } from '../util/lock-file.ts'
import { MessageChannel } from '../util/message-channel.ts'
import { streamChannel } from '../util/stream-channel.ts'
import { type NodeIdentity, openDoor } from './node-door.ts'

/** Begins to let bridges in, each with a channel that is the shell's to close. */
export type Listen = (onChannel: (channel: MessageChannel) => void) => Promise<void>

/** What a node process does while it lives: it listens once it is ready, and ends when it has nothing left to do. */
export interface NodeShell {
  /** The signal is aborted by SIGTERM and SIGINT: whoever sends them wants the process to end. */
  run(listen: Listen, signal: AbortSignal): Promise<void>
}

export type ServeEnd =
  /** The shell came to its end. */
  | { readonly kind: 'ended' }
  /** Another process is this node already. */
  | { readonly kind: 'taken'; readonly holder: string; readonly file: string }

/** What a process that finds its folder taken exits with, so that who started it goes on waiting for the other one. */
export const takenExitCode = 75

/** Runs the shell as the only process of its folder. A hang-up does not end it. */
export async function serveNode(folder: string, identity: NodeIdentity, shell: NodeShell): Promise<ServeEnd> {
  process.umask(0o077)
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o700)
  const tried = await tryLockFile(join(folder, 'lock'))
  if (tried.kind === 'taken') return tried
  await using stack = new AsyncDisposableStack()
  stack.use(tried.lock)
  const signal = stack.use(stopSignal()).signal
  await spareProcess()
  const listen: Listen = async (onChannel) => {
    const onJoin = (socket: Socket) => onChannel(new MessageChannel(streamChannel(socket)))
    stack.use(await openDoor(folder, identity, onJoin))
  }
  await shell.run(listen, signal)
  return { kind: 'ended' }
}

function stopSignal(): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController()
  const onStop = () => stop.abort()
  const onHangUp = () => {}
  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onHangUp)
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      process.off('SIGTERM', onStop).off('SIGINT', onStop).off('SIGHUP', onHangUp)
    },
  }
}

/**
 * Whatever else runs out of memory here goes first, and a crash writes no memory to a disk. Neither may be allowed, and
 * both can be done without.
 */
async function spareProcess(): Promise<void> {
  await writeFile('/proc/self/oom_score_adj', '-900').catch(() => {})
  await writeFile('/proc/self/coredump_filter', '0').catch(() => {})
}
