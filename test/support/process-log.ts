/** What a process prints, as a whole and from its beginning. */
export class ProcessLog {
  #text = ''
  #hasEnded = false
  #onMore = Promise.withResolvers<void>()

  constructor(stream: ReadableStream<Uint8Array>) {
    void this.#read(stream)
  }

  get text(): string {
    return this.#text
  }

  /** Resolves once the log is as asked; throws where the process ends before. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#text)) {
      if (this.#hasEnded) throw new Error(`ended before ${pattern}: ${this.#text}`)
      await this.#onMore.promise
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for await (const bytes of stream) {
      this.#text += decoder.decode(bytes, { stream: true })
      this.#onMore.resolve()
      this.#onMore = Promise.withResolvers()
    }
    this.#hasEnded = true
    this.#onMore.resolve()
  }
}
