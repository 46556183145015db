import type { NodeEvent } from '../domain/message.ts'

/** What a node told and control has not stored yet. */
export class KeptEvents {
  readonly #kept: { readonly event: NodeEvent; readonly bytes: number }[] = []
  #bytes = 0

  constructor(events: readonly NodeEvent[]) {
    for (const event of events) this.add(event)
  }

  /** Oldest first. */
  get events(): readonly NodeEvent[] {
    return this.#kept.map(({ event }) => event)
  }

  get count(): number {
    return this.#kept.length
  }

  get bytes(): number {
    return this.#bytes
  }

  add(event: NodeEvent): void {
    const bytes = JSON.stringify(event).length
    this.#kept.push({ event, bytes })
    this.#bytes += bytes
  }

  /** They are acknowledged in the order in which they were sent, which is that in which they are kept. Returns how many go. */
  forget(boot: string, sequence: number): number {
    const after = this.#kept.findIndex(({ event }) => event.boot !== boot || event.sequence > sequence)
    const stored = this.#kept.splice(0, after < 0 ? this.#kept.length : after)
    this.#bytes -= stored.reduce((sum, { bytes }) => sum + bytes, 0)
    return stored.length
  }
}
