import type { ByteChannel } from './byte-channel.ts'
import { LineReader } from './line-reader.ts'
import { LineWriter } from './line-writer.ts'
import { SendWindow } from './send-window.ts'
import { type Lane, WireError } from './wire-line.ts'

export interface MessageChannelOptions {
  /** How long something else than our lines may come before them. Default 10 s. */
  readonly noiseMs?: number
  /** Who waits for longer than this many bytes is not read by the other side: the channel closes. Default 64 MiB. */
  readonly pendingLimitBytes?: number
}

/** Bytes given to the link at once: no more than the longest line, so that a pulse never waits for more than one. */
const turnBytes = 16 * 1024

interface Waiting {
  readonly belowBytes: number
  readonly resolve: () => void
}

/** Values both ways over a stream of bytes, in the order of their lane. It owns the stream: closing it closes that. */
export class MessageChannel {
  readonly #bytes: ByteChannel
  readonly #writer = new LineWriter()
  readonly #reader = new LineReader()
  readonly #window = new SendWindow()
  readonly #noiseMs: number
  readonly #pendingLimitBytes: number
  readonly #closed = Promise.withResolvers<string>()
  #isClosed = false
  /** The last lines that were given to the link, and that the other side was told of. */
  #taken = 0
  #credited = 0
  #wake = Promise.withResolvers<void>()
  #waiting: Waiting[] = []
  #noiseTimer: ReturnType<typeof setTimeout> | undefined

  constructor(bytes: ByteChannel, options: MessageChannelOptions = {}) {
    this.#bytes = bytes
    this.#noiseMs = options.noiseMs ?? 10_000
    this.#pendingLimitBytes = options.pendingLimitBytes ?? 64 * 1024 * 1024
    void bytes.closed.then((why) => this.#end(why))
    void this.#pump()
  }

  /** Why it came to its end, in one line; resolves once. */
  get closed(): Promise<string> {
    return this.#closed.promise
  }

  /** Bytes that wait for the link or the other side. */
  get pendingBytes(): number {
    return this.#writer.pendingBytes
  }

  /**
   * Takes the value as it is now; who is gone gets nothing, which `closed` tells. Throws WireError where its JSON text is
   * over 256 MiB.
   */
  send(value: unknown, lane: Lane): void {
    if (this.#isClosed) return
    if (this.pendingBytes > this.#pendingLimitBytes) {
      this.close(`the other side reads nothing: ${this.pendingBytes} bytes wait for it`)
      return
    }
    this.#writer.push(value, lane)
    this.#wake.resolve()
  }

  /** Resolves once no more than this is pending, or the channel is closed. Only who reads meanwhile may wait for it. */
  async drained(belowBytes = 0): Promise<void> {
    if (this.#isClosed || this.pendingBytes <= belowBytes) return
    await new Promise<void>((resolve) => this.#waiting.push({ belowBytes, resolve }))
  }

  /** Drops what is pending. */
  close(why = 'it was closed here'): void {
    this.#end(why)
  }

  /** The values that come, at the reader's pace; ends when the channel does. One reader: its leaving ends the channel. */
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    for await (const chunk of this.#bytes.readable) {
      yield* this.#read(chunk)
      if (this.#reader.broken !== null) return
      // Only now: who is slow to take what came is not sent more.
      if (this.#reader.received > this.#credited) this.#credit()
    }
  }

  #read(chunk: Uint8Array): readonly unknown[] {
    const values = this.#valuesOf(chunk)
    const { broken, hasBegun, credited } = this.#reader
    if (broken !== null) this.#end(`${broken.code}: ${broken.message}`)
    if (hasBegun) clearTimeout(this.#noiseTimer)
    else this.#noiseTimer ??= setTimeout(() => this.#endByNoise(), this.#noiseMs)
    this.#window.credit(credited, performance.now())
    this.#wake.resolve()
    return values
  }

  #valuesOf(chunk: Uint8Array): readonly unknown[] {
    try {
      return this.#reader.push(chunk)
    } catch (error) {
      if (error instanceof WireError) return []
      throw error
    }
  }

  #endByNoise(): void {
    this.#end(`E_WIRE: no line of ours in ${this.#noiseMs} ms, but ${this.#reader.noise}`)
  }

  #credit(): void {
    this.#credited = this.#reader.received
    this.#writer.credit(this.#credited)
    this.#wake.resolve()
  }

  async #pump(): Promise<void> {
    while (!this.#isClosed) {
      const lines = this.#writer.take(turnBytes, this.#window.isOpen ? undefined : 'pulse')
      if (lines === null) {
        this.#wake = Promise.withResolvers()
        await this.#wake.promise
        continue
      }
      if (this.#writer.taken > this.#taken) {
        this.#taken = this.#writer.taken
        this.#window.send(this.#taken, lines.byteLength, performance.now())
      }
      await this.#bytes.write(lines)
      this.#tellDrained()
    }
  }

  #tellDrained(): void {
    const isDue = ({ belowBytes }: Waiting) => this.#isClosed || this.pendingBytes <= belowBytes
    for (const { resolve } of this.#waiting.filter(isDue)) resolve()
    this.#waiting = this.#waiting.filter((waiting) => !isDue(waiting))
  }

  #end(why: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#noiseTimer)
    this.#closed.resolve(why)
    this.#bytes.close()
    this.#wake.resolve()
    this.#tellDrained()
  }
}
