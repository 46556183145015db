import { zstdDecompressSync } from 'node:zlib'
import { decodeLine, type Lane, WireError, type WireLine, wireLimits } from './wire-line.ts'

/** A message on its way in. */
interface Incoming {
  readonly parts: number
  readonly unpackedBytes: number
  readonly slices: Uint8Array[]
  bytes: number
}

const lineFeed = 10
const whatIs = { damaged: 'a damaged line', foreign: 'not a line of ours' } as const

/** Turns what came of a stream back into the values. Holds no more than a line, and the message that is under way. */
export class LineReader {
  readonly #incoming = new Map<Lane, Incoming>()
  #rest: Uint8Array[] = []
  #restBytes = 0
  /** The first bytes that were no line of ours, and how many there were in all. */
  #noise = Buffer.alloc(0)
  #noiseBytes = 0
  #number = 0
  #received = 0
  #credited = 0
  #broken: WireError | null = null

  /** A line of ours has come. */
  get hasBegun(): boolean {
    return this.#number > 0
  }

  /** The number of the last line that came, but for credits; 0 before the first. */
  get received(): number {
    return this.#received
  }

  /** How far the other side says that it has read us. */
  get credited(): number {
    return this.#credited
  }

  /** How what came before the first line of ours begins, for a person. */
  get noise(): string {
    return shown(this.hasBegun ? this.#noise : Buffer.concat([this.#noise, ...this.#rest]))
  }

  /** Why nothing more is read; set as soon as it is known. */
  get broken(): WireError | null {
    return this.#broken
  }

  /**
   * Takes the next bytes, cut anywhere, and returns the values that they complete. Throws WireError once the stream is
   * broken; where values came before the break in the same bytes, they are returned and the next call throws.
   */
  push(chunk: Uint8Array): readonly unknown[] {
    if (this.#broken !== null) throw this.#broken
    const values: unknown[] = []
    try {
      this.#read(chunk, values)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.#broken = error
      this.#rest = []
      this.#incoming.clear()
      if (values.length === 0) throw error
    }
    return values
  }

  #read(chunk: Uint8Array, values: unknown[]): void {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      this.#hold(chunk.subarray(start, end))
      const line = Buffer.concat(this.#rest)
      this.#rest = []
      this.#restBytes = 0
      this.#readLine(line, values)
      start = end + 1
    }
    if (start < chunk.byteLength) this.#hold(chunk.slice(start))
  }

  #hold(bytes: Uint8Array): void {
    this.#rest.push(bytes)
    this.#restBytes += bytes.byteLength
    if (this.#restBytes <= wireLimits.lineBytes) return
    const line = Buffer.concat(this.#rest)
    if (this.#number === 0) this.#skip(line)
    throw new WireError(`a line of more than ${wireLimits.lineBytes} bytes: ${shown(line)}`)
  }

  #readLine(bytes: Uint8Array, values: unknown[]): void {
    const read = decodeLine(bytes)
    if (read.kind !== 'line') {
      if (this.#number > 0) throw new WireError(`${whatIs[read.kind]}: ${shown(bytes)}`)
      this.#skip(bytes)
      return
    }
    const { line } = read
    if (line.number <= this.#number) return
    if (line.number !== this.#number + 1) throw new WireError(`line ${line.number} came after line ${this.#number}`)
    this.#number = line.number
    if (line.lane === 'credit') {
      this.#credited = Number(Buffer.from(line.payload).toString())
      return
    }
    this.#received = line.number
    if (line.unpackedBytes === 0 && line.parts === 1) values.push(parsed(line.payload))
    else this.#join(line.lane, line, values)
  }

  #skip(bytes: Uint8Array): void {
    this.#noiseBytes += bytes.byteLength + 1
    if (bytes.byteLength > 0 && this.#noise.byteLength < shownBytes) {
      this.#noise = Buffer.concat([this.#noise, bytes, Buffer.from('\n')]).subarray(0, shownBytes)
    }
    if (this.#noiseBytes <= wireLimits.noiseBytes) return
    throw new WireError(`no line of ours in the first ${wireLimits.noiseBytes} bytes, which begin ${this.noise}`)
  }

  #join(lane: Lane, line: WireLine, values: unknown[]): void {
    const { part, parts, unpackedBytes } = line
    const incoming = this.#incoming.get(lane) ?? { parts, unpackedBytes, slices: [], bytes: 0 }
    const fits = part === incoming.slices.length + 1 && part <= parts && parts === incoming.parts && unpackedBytes > 0
    const slice = Buffer.from(Buffer.from(line.payload).toString('latin1'), 'base64')
    incoming.slices.push(slice)
    incoming.bytes += slice.byteLength
    if (!fits || unpackedBytes !== incoming.unpackedBytes || isTooLong(incoming)) {
      throw new WireError(`part ${part} of ${parts} of a message of ${unpackedBytes} bytes does not fit`)
    }
    this.#incoming.set(lane, incoming)
    if (part < parts) return
    this.#incoming.delete(lane)
    values.push(parsed(unpacked(incoming)))
  }
}

/** What cannot be compressed grows by less than this. */
function isTooLong({ unpackedBytes, bytes }: Incoming): boolean {
  return unpackedBytes > wireLimits.messageBytes || bytes > unpackedBytes + unpackedBytes / 128 + 1024
}

function unpacked({ slices, unpackedBytes }: Incoming): Uint8Array {
  try {
    const text = zstdDecompressSync(Buffer.concat(slices), { maxOutputLength: unpackedBytes })
    if (text.byteLength === unpackedBytes) return text
  } catch (error) {
    throw new WireError('a message does not decompress', { cause: error })
  }
  throw new WireError('a message does not decompress to as much as it said')
}

function parsed(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (error) {
    throw new WireError(`not JSON: ${shown(text)}`, { cause: error })
  }
}

const shownBytes = 200

function shown(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes.subarray(0, shownBytes)).toString())
}
