import type { NodeEvent } from '../../src/domain/message.ts'
import { decodeRecords, encodeRecord } from '../../src/node/outbox-records.ts'
import type { Random } from './random.ts'

/** What of a node survives its process: the bytes of its outbox. */
export class Disk {
  #records: Uint8Array[] = []
  #events: NodeEvent[] = []

  append(event: NodeEvent): void {
    this.#records.push(encodeRecord([event]))
    this.#events.push(event)
  }

  /** The process ends while it writes this. */
  tear(event: NodeEvent, random: Random): void {
    const record = encodeRecord([event])
    this.#records.push(record.subarray(0, random.between(0, record.byteLength - 1)))
  }

  /** Forgets the first ones; on the disk some of them may stay. Returns them. */
  forget(count: number, random: Random): readonly NodeEvent[] {
    const gone = this.#events.splice(0, count)
    if (random.chance(0.1)) this.#records = this.#records.slice(this.#records.length - this.#events.length)
    return gone
  }

  /** What a new process finds, oldest first; a torn tail is cut off. */
  reopen(): readonly NodeEvent[] {
    const { records, isCorrupt } = decodeRecords(Buffer.concat(this.#records))
    if (isCorrupt) throw new Error('a torn tail was taken for more')
    this.#events = records.flatMap(({ values }) => values as readonly NodeEvent[])
    this.#records = this.#events.map((event) => encodeRecord([event]))
    return [...this.#events]
  }

  lose(): void {
    this.#records = []
    this.#events = []
  }
}
