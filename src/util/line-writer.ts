import { Fifo } from './fifo.ts'
import { encodeLine, type Lane, WireError, type WireLine, wireLimits } from './wire-line.ts'

/** A message on its way out, cut into lines as they are taken. */
interface Outgoing {
  readonly bytes: Uint8Array
  /** 0 where `bytes` is the JSON text. */
  readonly unpackedBytes: number
  readonly parts: number
  sentParts: number
}

/** Turns values into numbered, checksummed lines of at most 16 KiB. Pulses overtake what is large, between its parts. */
export class LineWriter {
  readonly #lanes: Readonly<Record<Lane, Fifo<Outgoing>>> = { pulse: new Fifo(), bulk: new Fifo() }
  #credit: number | null = null
  #number = 0
  #taken = 0
  #pendingBytes = 0

  /** Bytes of messages that were not taken yet, compressed where they are. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Takes the value as it is now. Throws WireError where its JSON text is over 256 MiB. */
  push(value: unknown, lane: Lane): void {
    const text = Buffer.from(JSON.stringify(value))
    if (text.byteLength > wireLimits.messageBytes)
      throw new WireError(`a message of ${text.byteLength} bytes is too long`)
    const outgoing = outgoingOf(text)
    this.#lanes[lane].push(outgoing)
    this.#pendingBytes += outgoing.bytes.byteLength
  }

  /** Tells the other side that its lines were read up to this number; a later call stands for all before. */
  credit(number: number): void {
    this.#credit = number
  }

  /**
   * The lines to send next, pulses first: as many as `maxBytes` hold, and at least one. Null where nothing waits. With
   * `only`, what is large stays where it is.
   */
  take(maxBytes: number, only?: 'pulse'): Uint8Array | null {
    const lines: Uint8Array[] = []
    let bytes = 0
    while (bytes < maxBytes) {
      const line = this.#next(only)
      if (line === null) break
      lines.push(line)
      bytes += line.byteLength
      // One more may be as long as a line can be.
      if (bytes + longestLineBytes > maxBytes) break
    }
    return lines.length === 0 ? null : Buffer.concat(lines)
  }

  /** The number of the last line taken, but for credits. */
  get taken(): number {
    return this.#taken
  }

  #next(only: 'pulse' | undefined): Uint8Array | null {
    if (this.#credit !== null) {
      const payload = Buffer.from(String(this.#credit))
      this.#credit = null
      return this.#line({ lane: 'credit', part: 1, parts: 1, unpackedBytes: 0, payload })
    }
    if (this.#lanes.pulse.first !== undefined) return this.#part('pulse', this.#lanes.pulse.first)
    if (only === 'pulse' || this.#lanes.bulk.first === undefined) return null
    return this.#part('bulk', this.#lanes.bulk.first)
  }

  #part(lane: Lane, message: Outgoing): Uint8Array {
    const { bytes, unpackedBytes, parts, sentParts } = message
    const start = sentParts * wireLimits.partBytes
    const slice = parts === 1 ? bytes : bytes.subarray(start, start + wireLimits.partBytes)
    message.sentParts += 1
    if (message.sentParts === parts) this.#lanes[lane].shift()
    this.#pendingBytes -= slice.byteLength
    const payload = unpackedBytes === 0 ? slice : Buffer.from(Buffer.from(slice).toString('base64'))
    return this.#line({ lane, part: sentParts + 1, parts, unpackedBytes, payload })
  }

  #line(line: Omit<WireLine, 'number'>): Uint8Array {
    this.#number += 1
    if (line.lane !== 'credit') this.#taken = this.#number
    const encoded = encodeLine({ number: this.#number, ...line })
    // Ends whatever a shell printed before, which may be without a line feed.
    return this.#number === 1 ? Buffer.concat([Buffer.from('\n'), encoded]) : encoded
  }
}

const longestLineBytes = 16 * 1024

function outgoingOf(text: Uint8Array): Outgoing {
  if (text.byteLength <= wireLimits.plainBytes) return { bytes: text, unpackedBytes: 0, parts: 1, sentParts: 0 }
  const bytes = Bun.zstdCompressSync(text)
  const parts = Math.ceil(bytes.byteLength / wireLimits.partBytes)
  return { bytes, unpackedBytes: text.byteLength, parts, sentParts: 0 }
}
