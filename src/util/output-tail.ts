/** Keeps the last bytes of what is printed, up to a bound. */
export class OutputTail {
  readonly #ring: Uint8Array
  #totalBytes = 0

  constructor(limitBytes: number) {
    this.#ring = new Uint8Array(Math.max(1, limitBytes))
  }

  push(chunk: Uint8Array): void {
    const size = this.#ring.byteLength
    const last = chunk.byteLength > size ? chunk.subarray(-size) : chunk
    this.#totalBytes += chunk.byteLength
    const end = this.#totalBytes % size
    const begin = end - last.byteLength
    if (begin >= 0) {
      this.#ring.set(last, begin)
      return
    }
    this.#ring.set(last.subarray(0, -begin), size + begin)
    this.#ring.set(last.subarray(-begin), 0)
  }

  /**
   * From the beginning of a line where something before it is gone, unless most of what is left is that line; bytes that
   * are not UTF-8 become U+FFFD.
   */
  text(): string {
    const size = this.#ring.byteLength
    if (this.#totalBytes <= size) return decode(this.#ring.subarray(0, this.#totalBytes))
    const at = this.#totalBytes % size
    const text = decode(Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)]))
    const end = text.indexOf('\n')
    return end > text.length / 2 ? text : text.slice(end + 1)
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
