import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tryLockFile } from '../util/lock-file.ts'
import { MessageChannel } from '../util/message-channel.ts'
import { streamChannel } from '../util/stream-channel.ts'
import { type NodeIdentity, openDoor } from './node-door.ts'

/** What a node process does while it lives. Until it calls `listen`, bridges wait; the channels are its own to close. */
export type NodeShell = (listen: (onChannel: (channel: MessageChannel) => void) => Promise<void>) => Promise<void>

export type ServeEnd =
  /** The shell came to its end. */
  | { readonly kind: 'ended' }
  /** Another process is this node already. */
  | { readonly kind: 'taken'; readonly holder: string; readonly file: string }

/** What a process that finds its folder taken exits with, so that who started it goes on waiting for the other one. */
export const takenExitCode = 75

/** Runs the shell as the only process of its folder, to which bridges come. */
export async function serveNode(folder: string, identity: NodeIdentity, shell: NodeShell): Promise<ServeEnd> {
  process.umask(0o077)
  process.on('SIGHUP', () => {})
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o700)
  const tried = await tryLockFile(join(folder, 'lock'))
  if (tried.kind === 'taken') return tried
  await using stack = new AsyncDisposableStack()
  stack.use(tried.lock)
  await spareProcess()
  await shell(async (onChannel) => {
    const door = openDoor(folder, identity, (socket) => onChannel(new MessageChannel(streamChannel(socket))))
    stack.use(await door)
  })
  return { kind: 'ended' }
}

/**
 * Whatever else runs out of memory here goes first, and a crash writes no memory to a disk. Neither may be allowed, and
 * both can be done without.
 */
async function spareProcess(): Promise<void> {
  await writeFile('/proc/self/oom_score_adj', '-900').catch(() => {})
  await writeFile('/proc/self/coredump_filter', '0').catch(() => {})
}
