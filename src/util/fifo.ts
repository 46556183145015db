/** First in, first out, however many there are: taking the first does not move the others. */
export class Fifo<T> {
  #entries: T[] = []
  #start = 0

  get first(): T | undefined {
    return this.#entries[this.#start]
  }

  push(entry: T): void {
    this.#entries.push(entry)
  }

  shift(): T | undefined {
    const { first } = this
    this.#start += 1
    if (this.#start * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start)
      this.#start = 0
    }
    return first
  }
}
