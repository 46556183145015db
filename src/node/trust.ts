import type { ProtocolTimes } from '../domain/protocol-times.ts'

/** How long a node may go by its leases, by what control answered and by the node's own clock. */
export class Trust {
  #times: ProtocolTimes
  #untilMs = Number.NEGATIVE_INFINITY
  /** When the last pulse that was answered on this connection was sent. */
  #vouchedAtMs = Number.NEGATIVE_INFINITY
  /** Pulses of this connection that were not answered yet, by their count. */
  readonly #sentAtMs = new Map<number, number>()

  constructor(times: ProtocolTimes) {
    this.#times = times
  }

  get untilMs(): number {
    return this.#untilMs
  }

  /** A connection begins with a hello, which is sent now. */
  connected(times: ProtocolTimes, nowMs: number): void {
    this.#times = times
    this.#vouchedAtMs = Number.NEGATIVE_INFINITY
    this.#sentAtMs.clear()
    this.#sentAtMs.set(0, nowMs)
    // From when control has this hello, it counts from then.
    this.#untilMs = Math.min(this.#untilMs, this.#from(nowMs))
  }

  sent(count: number, nowMs: number): void {
    this.#sentAtMs.set(count, nowMs)
  }

  /** From when it was sent, not from when the answer came (R5). */
  answered(count: number): void {
    const sentAtMs = this.#sentAtMs.get(count)
    if (sentAtMs === undefined) return
    for (const older of [...this.#sentAtMs.keys()].filter((one) => one <= count)) this.#sentAtMs.delete(older)
    this.#vouchedAtMs = sentAtMs
    this.#untilMs = this.#from(sentAtMs)
  }

  /** Control takes leave for so long. */
  leftAlone(trustMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, this.#vouchedAtMs + this.#within(trustMs))
  }

  /** This clock stood still for so long: all that it told ends so much sooner, and what is on its way says nothing. */
  slept(durationMs: number): void {
    this.#untilMs -= durationMs
    this.#vouchedAtMs -= durationMs
    this.#sentAtMs.clear()
  }

  #from(sentAtMs: number): number {
    return sentAtMs + this.#within(this.#times.leaseMs)
  }

  /** How much of a time by control's clock has surely not passed there after so long here. */
  #within(durationMs: number): number {
    const { leaseMs, marginMs } = this.#times
    return durationMs * (1 - marginMs / leaseMs)
  }
}
