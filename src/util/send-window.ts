import { Fifo } from './fifo.ts'

/** One line of what is large is always on its way. */
const leastBytes = 8 * 1024
const mostBytes = 4 * 1024 * 1024
/** What may stand in buffers on the way, as the time that it takes to leave them. */
const queueMs = 400

interface Sent {
  readonly number: number
  readonly bytes: number
  readonly atMs: number
}

/**
 * How much may be on its way that the other side has not read: as much as a fast link takes, and on a slow one so little
 * that what is urgent stands behind less than a second of it, however large the buffers between are.
 */
export class SendWindow {
  readonly #sent = new Fifo<Sent>()
  #sentBytes = 0
  #sentNumber = 0
  #limitBytes = leastBytes
  /** The limit was met since it was set. */
  #isMet = false
  /** What is sent from this number on shows what the limit does. */
  #adaptFrom = 0
  /** The shortest way there and back. */
  #leastMs = Number.POSITIVE_INFINITY

  get isOpen(): boolean {
    return this.#sentBytes < this.#limitBytes
  }

  /** Lines up to this number, of this many bytes, were given to the link. */
  send(number: number, bytes: number, nowMs: number): void {
    this.#sent.push({ number, bytes, atMs: nowMs })
    this.#sentNumber = number
    this.#sentBytes += bytes
    this.#isMet ||= !this.isOpen
  }

  /** The other side has read up to this number. */
  credit(number: number, nowMs: number): void {
    let last: Sent | null = null
    for (let { first } = this.#sent; first !== undefined && first.number <= number; { first } = this.#sent) {
      this.#sent.shift()
      this.#sentBytes -= first.bytes
      last = first
    }
    if (last !== null) this.#adapt(last, Math.max(1, nowMs - last.atMs))
  }

  /** Once a round trip: up to twice as much where it was quick, down to half where it was slow. */
  #adapt({ number }: Sent, tookMs: number): void {
    this.#leastMs = Math.min(this.#leastMs, tookMs)
    if (number < this.#adaptFrom) return
    const factor = Math.min(2, Math.max(0.5, (queueMs + this.#leastMs) / tookMs))
    if (factor < 1 || this.#isMet) this.#limitBytes *= factor
    this.#limitBytes = Math.min(mostBytes, Math.max(leastBytes, this.#limitBytes))
    this.#isMet = !this.isOpen
    this.#adaptFrom = this.#sentNumber + 1
  }
}
