/** Keeps the last bytes of what is printed, up to a bound. */
export class OutputTail {
  readonly #ring: Uint8Array
  #totalBytes = 0

  constructor(limitBytes: number) {
    this.#ring = new Uint8Array(Math.max(1, limitBytes))
  }

  push(chunk: Uint8Array): void {
    const size = this.#ring.byteLength
    const skipped = Math.max(0, chunk.byteLength - size)
    const last = chunk.subarray(skipped)
    const at = (this.#totalBytes + skipped) % size
    const first = last.subarray(0, size - at)
    this.#ring.set(first, at)
    this.#ring.set(last.subarray(first.byteLength), 0)
    this.#totalBytes += chunk.byteLength
  }

  /** From the beginning of a line, where something before it is gone; bytes that are not UTF-8 become U+FFFD. */
  text(): string {
    const size = this.#ring.byteLength
    if (this.#totalBytes <= size) return decode(this.#ring.subarray(0, this.#totalBytes))
    const at = this.#totalBytes % size
    const text = decode(Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)]))
    return text.slice(text.indexOf('\n') + 1)
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
