import { crc32 } from 'node:zlib'

/** What has to be prompt goes by `pulse`, between the parts of what is large. */
export type Lane = 'bulk' | 'pulse'

/** One line of a stream of messages: a whole message, or a part of one that is cut up. */
export interface WireLine {
  /** Counts all lines of one direction of one connection, from 1. */
  readonly number: number
  /** `credit` says how far the other direction was read; its payload is that line's number. */
  readonly lane: Lane | 'credit'
  /** From 1 to `parts`. */
  readonly part: number
  readonly parts: number
  /** Bytes of the JSON text that the parts decompress to; 0 where the payload is the JSON text itself. */
  readonly unpackedBytes: number
  readonly payload: Uint8Array
}

export type ReadLine =
  | { readonly kind: 'line'; readonly line: WireLine }
  /** Begins as ours do, and its checksum says that it is not as it was sent. */
  | { readonly kind: 'damaged' }
  | { readonly kind: 'foreign' }

export const wireLimits = {
  /** A longer line is no line of ours. Lines written are a quarter of it. */
  lineBytes: 64 * 1024,
  /** The JSON text of one message. */
  messageBytes: 256 * 1024 * 1024,
  /** A JSON text above it is compressed. */
  plainBytes: 12 * 1024,
  /** Compressed bytes in one line: 16 KiB with all around them, 0.7 s at 200 kbit/s. */
  partBytes: 11.5 * 1024,
  /** Skipped before the first line. */
  noiseBytes: 64 * 1024,
} as const

/** The stream is not what the other side of us would send; nothing after it can be trusted. */
export class WireError extends Error {
  override readonly name = 'WireError'
  readonly code = 'E_WIRE'
}

const letters = { bulk: 'b', pulse: 'p', credit: 'c' } as const
const lanes: Readonly<Record<string, WireLine['lane']>> = { b: 'bulk', p: 'pulse', c: 'credit' }
const mark = Buffer.from('osw1 ')
const longestHead = 80
const headPattern = /^osw1 ([0-9a-f]{8}) (([1-9]\d{0,14}) ([bpc]) ([1-9]\d{0,5})\/([1-9]\d{0,5}) (\d{1,9}) )/

/** With its line feed. */
export function encodeLine(line: WireLine): Uint8Array {
  const { number, lane, part, parts, unpackedBytes, payload } = line
  const said = Buffer.from(`${number} ${letters[lane]} ${part}/${parts} ${unpackedBytes} `)
  const sum = crc32(payload, crc32(said)).toString(16).padStart(8, '0')
  return Buffer.concat([mark, Buffer.from(`${sum} `), said, payload, Buffer.from('\n')])
}

/** Reads a line without its line feed. */
export function decodeLine(bytes: Uint8Array): ReadLine {
  if (Buffer.compare(bytes.subarray(0, mark.length), mark) !== 0) return { kind: 'foreign' }
  const head = headPattern.exec(Buffer.from(bytes.subarray(0, longestHead)).toString('latin1'))
  const [whole = '', sum = '', said = '', number, letter = '', part, parts, unpackedBytes] = head ?? []
  const lane = lanes[letter]
  const payload = bytes.subarray(whole.length)
  if (lane === undefined || crc32(payload, crc32(said)) !== Number.parseInt(sum, 16)) return { kind: 'damaged' }
  const counts = { part: Number(part), parts: Number(parts), unpackedBytes: Number(unpackedBytes) }
  return { kind: 'line', line: { number: Number(number), lane, ...counts, payload } }
}
