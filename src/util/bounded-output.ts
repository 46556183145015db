/** Keeps bytes whole up to a bound; beyond it, the first and the last half, with a line in between that says so. */
export class BoundedOutput {
  readonly #limitBytes: number
  readonly #head: Uint8Array[] = []
  #headBytes = 0
  #tail: Uint8Array[] = []
  #tailBytes = 0
  #totalBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  push(chunk: Uint8Array): void {
    this.#totalBytes += chunk.byteLength
    const half = Math.floor(this.#limitBytes / 2)
    const room = half - this.#headBytes
    if (room > 0) {
      this.#head.push(chunk.slice(0, room))
      this.#headBytes += Math.min(room, chunk.byteLength)
    }
    const rest = room > 0 ? chunk.slice(room) : chunk.slice()
    if (rest.byteLength === 0) return
    this.#tail.push(rest)
    this.#tailBytes += rest.byteLength
    while (this.#tail.length > 1 && this.#tailBytes - (this.#tail[0]?.byteLength ?? 0) >= half) {
      this.#tailBytes -= this.#tail.shift()?.byteLength ?? 0
    }
  }

  bytes(): Uint8Array {
    const half = Math.floor(this.#limitBytes / 2)
    const tail = Buffer.concat(this.#tail)
    const kept = tail.byteLength > half ? tail.subarray(tail.byteLength - half) : tail
    const omitted = this.#totalBytes - this.#headBytes - kept.byteLength
    const note = omitted > 0 ? Buffer.from(`\n[... ${omitted} bytes left out ...]\n`) : Buffer.alloc(0)
    return Buffer.concat([...this.#head, note, kept])
  }

  /** The kept bytes as UTF-8; bytes that are not UTF-8 become U+FFFD, so the text is always well formed. */
  text(): string {
    return new TextDecoder().decode(this.bytes())
  }
}
