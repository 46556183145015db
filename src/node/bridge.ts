import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'

/** Which side ended it. */
export type BridgeEnd = 'control' | 'node'

/** Passes bytes both ways until either side ends, no faster than whoever reads them. */
export async function bridge(socket: Socket, input: Readable, output: Writable): Promise<BridgeEnd> {
  const { promise, resolve } = Promise.withResolvers<BridgeEnd>()
  for (const event of ['end', 'error', 'close']) input.on(event, () => resolve('control'))
  output.on('error', () => resolve('control'))
  // What was read of it before has left this process then.
  socket.on('close', () => output.write('', () => resolve('node')))
  input.pipe(socket)
  socket.pipe(output, { end: false })
  const end = await promise
  socket.destroy()
  return end
}
