import type { Duplex } from 'node:stream'
import type { ByteChannel } from './byte-channel.ts'

/** A socket, or whatever else carries bytes both ways, from now on owned by the channel. */
export function streamChannel(stream: Duplex): ByteChannel {
  const { promise: closed, resolve } = Promise.withResolvers<string>()
  let why: string | null = null
  stream.on('error', (error) => {
    why ??= error.message
  })
  stream.on('end', () => {
    why ??= 'the other side ended it'
    stream.destroy()
  })
  stream.on('close', () => resolve(why ?? 'the other side is gone'))
  return {
    readable: untilGone(stream),
    async write(bytes) {
      if (stream.destroyed || stream.write(bytes)) return
      await roomOrEnd(stream)
    },
    close() {
      why ??= 'it was closed here'
      stream.destroy()
    },
    closed,
  }
}

/** An error of the stream is told by `closed`, and only ends this. */
async function* untilGone(stream: Duplex): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch {
    // `closed` says why.
  }
}

function roomOrEnd(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.on('drain', done)
    stream.on('close', done)
  })
}
