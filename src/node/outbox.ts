import { type NodeEvent, type NodeReport, protocolVersion } from '../domain/message.ts'

/** Numbers the events of one life of a node and keeps each until control has stored it. */
export class Outbox {
  readonly #node: string
  readonly #boot: string
  #sequence = 0
  readonly #kept: NodeEvent[] = []

  constructor(node: string, boot: string) {
    this.#node = node
    this.#boot = boot
  }

  add(report: NodeReport, atMs: number): NodeEvent {
    this.#sequence += 1
    const origin = { node: this.#node, boot: this.#boot, sequence: this.#sequence, atMs }
    const event: NodeEvent = { ...report, ...origin, version: protocolVersion }
    this.#kept.push(event)
    return event
  }

  /** Forgets everything up to and including `sequence`. */
  acknowledge(sequence: number): void {
    while ((this.#kept[0]?.sequence ?? Number.POSITIVE_INFINITY) <= sequence) this.#kept.shift()
  }

  /** What control has not stored yet, oldest first: to be sent again on a new connection. */
  get kept(): readonly NodeEvent[] {
    return this.#kept
  }
}
