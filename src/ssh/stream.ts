import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { BoundedOutput } from '../util/bounded-output.ts'
import type { ByteChannel } from '../util/byte-channel.ts'
import { printable } from '../util/printable.ts'

const errorsLimitBytes = 4096

/** The input and output of a command that goes on, as bytes both ways. */
export class SshStream implements ByteChannel {
  readonly readable: AsyncIterable<Uint8Array>
  readonly closed: Promise<string>
  readonly #channel: ClientChannel
  readonly #socket: Duplex
  readonly #errors = new BoundedOutput(errorsLimitBytes)
  readonly #sayClosed: (why: string) => void
  #exit: string | null = null
  #hasEnded = false
  #isClosed = false
  #change = Promise.withResolvers<void>()

  /** To be made before anything of the channel can arrive. `socket` is what the connection goes over. */
  constructor(channel: ClientChannel, socket: Duplex, lost: Promise<void>) {
    this.#channel = channel
    this.#socket = socket
    const { promise, resolve } = Promise.withResolvers<string>()
    this.closed = promise
    this.#sayClosed = resolve
    this.readable = this.#chunks()
    this.#listen(lost)
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (const piece of pieces(bytes)) {
      // A command that has ended reads no more, and the library would wait for it forever.
      const isOver = () => this.#isClosed || this.#exit !== null
      if (isOver()) return
      let isTaken = false
      this.#channel.write(piece, () => {
        isTaken = true
        this.#wake()
      })
      while (!isOver() && (!isTaken || this.#socket.writableNeedDrain)) await this.#change.promise
    }
  }

  close(): void {
    this.#end('it was closed here')
    this.#channel.close()
  }

  #listen(lost: Promise<void>): void {
    const channel = this.#channel
    const wake = () => this.#wake()
    this.#socket.on('drain', wake)
    channel.on('readable', wake)
    channel.on('end', () => {
      this.#hasEnded = true
      wake()
    })
    channel.stderr.on('data', (chunk: Uint8Array) => this.#errors.push(chunk))
    channel.on('exit', (code: number | null, signalName?: string) => {
      this.#exit = code === null ? `a signal ended it (${signalName})` : `it ended with exit code ${code}`
      wake()
    })
    channel.on('close', () => this.#end(this.#exit ?? 'the connection was lost'))
    channel.on('error', (error: Error) => this.#end(error.message))
    void this.closed.then(() => this.#socket.off('drain', wake))
    void lost.then(() => this.#end('the connection was lost'))
  }

  /** Read only as it is asked for: once a window of it waits here, the other side waits too. */
  async *#chunks(): AsyncGenerator<Uint8Array> {
    while (!this.#isClosed) {
      const chunk: Uint8Array | null = this.#channel.read()
      if (chunk !== null) yield chunk
      else if (this.#hasEnded) return
      else await this.#change.promise
    }
  }

  #end(why: string): void {
    this.#isClosed = true
    const said = printable(this.#errors.text().trim())
    this.#sayClosed(said === '' ? why : `${why}: ${said}`)
    this.#wake()
  }

  /** Has everybody who waits look again. */
  #wake(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }
}

/** Small, so that what is urgent, pings among it, never waits long behind what was written before. */
const pieceBytes = 65_536

export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}
