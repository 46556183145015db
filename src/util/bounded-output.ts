/** Is given what is printed as it comes, and must not keep what it is given without copying it. */
export type OnOutput = (chunk: Uint8Array) => void

/** Keeps bytes whole up to a bound; beyond it, the first and the last half, with a line in between that says so. */
export class BoundedOutput {
  readonly #halfBytes: number
  /** The first half, then a ring of the last half; grows to the bound and no further, however small the pieces are. */
  #kept = new Uint8Array(0)
  #totalBytes = 0

  constructor(limitBytes: number) {
    this.#halfBytes = Math.max(1, Math.floor(limitBytes / 2))
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  push(chunk: Uint8Array): void {
    let rest = chunk
    while (rest.byteLength > 0) {
      const at = this.#placeOf(this.#totalBytes)
      const part = rest.subarray(0, (at < this.#halfBytes ? 1 : 2) * this.#halfBytes - at)
      this.#reserve(at + part.byteLength)
      this.#kept.set(part, at)
      this.#totalBytes += part.byteLength
      rest = rest.subarray(part.byteLength)
    }
  }

  bytes(): Uint8Array {
    const omitted = this.#totalBytes - 2 * this.#halfBytes
    if (omitted <= 0) return this.#kept.slice(0, this.#totalBytes)
    const note = Buffer.from(`\n[... ${omitted} bytes left out ...]\n`)
    const ring = this.#kept.subarray(this.#halfBytes)
    const oldest = this.#placeOf(this.#totalBytes) - this.#halfBytes
    return Buffer.concat([
      this.#kept.subarray(0, this.#halfBytes),
      note,
      ring.subarray(oldest),
      ring.subarray(0, oldest),
    ])
  }

  /** The kept bytes as UTF-8; bytes that are not UTF-8 become U+FFFD, so the text is always well formed. */
  text(): string {
    return new TextDecoder().decode(this.bytes())
  }

  /** Where the byte of this number stands. */
  #placeOf(number: number): number {
    const half = this.#halfBytes
    return number < half ? number : half + ((number - half) % half)
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#kept.byteLength) return
    const larger = new Uint8Array(Math.min(2 * this.#halfBytes, Math.max(bytes, 2 * this.#kept.byteLength, 1024)))
    larger.set(this.#kept)
    this.#kept = larger
  }
}
