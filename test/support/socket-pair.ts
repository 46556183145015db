import { rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Both ends of a real connection. Disposing of it cuts it. */
export interface SocketPair extends Disposable {
  readonly ends: readonly [Socket, Socket]
}

export async function socketPair(): Promise<SocketPair> {
  const path = join(tmpdir(), `openswe-pair-${crypto.randomUUID()}`)
  const server = createServer()
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const near = connect(path)
  const far = await accepted
  server.close()
  await rm(path, { force: true })
  return {
    ends: [near, far],
    [Symbol.dispose]() {
      near.destroy()
      far.destroy()
    },
  }
}
