import type { Socket } from 'node:net'

/**
 * The first line of what a socket says, without its line feed; what comes behind it is left to be read. Null where the
 * socket ends before, the line is longer than the limit, or the signal is aborted: the socket is closed then.
 */
export async function readLine(socket: Socket, limitBytes: number, signal: AbortSignal): Promise<string | null> {
  const line = await firstLine(socket, limitBytes, signal)
  if (line === null) socket.destroy()
  return line
}

function firstLine(socket: Socket, limitBytes: number, signal: AbortSignal): Promise<string | null> {
  let text = Buffer.alloc(0)
  return new Promise((resolve) => {
    const finish = (line: string | null) => {
      socket.off('data', onData)
      socket.off('close', onEnd)
      socket.off('end', onEnd)
      signal.removeEventListener('abort', onEnd)
      socket.pause()
      resolve(line)
    }
    const onEnd = () => finish(null)
    const onData = (chunk: Uint8Array) => {
      text = Buffer.concat([text, chunk])
      const end = text.indexOf('\n')
      if (end < 0 && text.byteLength <= limitBytes) return
      finish(end < 0 || end > limitBytes ? null : text.subarray(0, end).toString())
      if (end >= 0 && end + 1 < text.byteLength) socket.unshift(text.subarray(end + 1))
    }
    socket.on('error', onEnd)
    socket.on('data', onData)
    socket.on('close', onEnd)
    socket.on('end', onEnd)
    signal.addEventListener('abort', onEnd)
    if (signal.aborted || socket.destroyed || socket.readableEnded) onEnd()
  })
}
