import { constants } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

/**
 * Listens at a name in a folder until disposed of, which cuts every connection. Whoever calls has made sure that nobody
 * else does: what is left there of a process that was killed is removed.
 */
export async function listenAt(
  folder: string,
  name: string,
  onConnection: (socket: Socket) => void,
): Promise<AsyncDisposable> {
  await rm(join(folder, name), { force: true })
  const directory = await openShort(folder)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(join(directory.path, name), resolve)
  })
  return {
    async [Symbol.asyncDispose]() {
      const end = closed(server)
      for (const socket of sockets) socket.destroy()
      await end
      await rm(join(folder, name), { force: true })
      await directory.close()
    },
  }
}

/** Null where nobody listens. */
export async function connectAt(folder: string, name: string): Promise<Socket | null> {
  const directory = await openShort(folder).catch(nullWhereNone)
  if (directory === null) return null
  try {
    return await new Promise((resolve, reject) => {
      const socket = connect(join(directory.path, name))
      socket.once('connect', () => resolve(socket))
      socket.once('error', (error) => (isNobodyThere(error) ? resolve(null) : reject(error)))
    })
  } finally {
    await directory.close()
  }
}

/** A socket's path has 107 bytes at most; this is a short one for a folder whose own is longer. */
async function openShort(folder: string): Promise<{ readonly path: string; close(): Promise<void> }> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function isNobodyThere(error: Error): boolean {
  return 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
}

function nullWhereNone(error: unknown): null {
  if (error instanceof Error && isNobodyThere(error)) return null
  throw error
}
