const lineFeed = 10

/** Gathers lines and hands them on in large pieces: `write` resolves once it needs the bytes no more. */
export class LineBuffer {
  readonly #write: (bytes: Uint8Array) => Promise<void>
  #buffer = new Uint8Array(256 * 1024)
  #length = 0

  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write
  }

  /** Takes a line without its line feed. Only where the result is a promise there is something to wait for. */
  line(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#length + bytes.length + 1 <= this.#buffer.length) {
      this.#put(bytes)
      return undefined
    }
    return this.#lineAfterFlush(bytes)
  }

  async #lineAfterFlush(bytes: Uint8Array): Promise<void> {
    await this.flush()
    if (bytes.length + 1 > this.#buffer.length) this.#buffer = new Uint8Array(bytes.length + 1)
    this.#put(bytes)
  }

  async flush(): Promise<void> {
    if (this.#length === 0) return
    await this.#write(this.#buffer.subarray(0, this.#length))
    this.#length = 0
  }

  #put(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#length)
    this.#buffer[this.#length + bytes.length] = lineFeed
    this.#length += bytes.length + 1
  }
}
