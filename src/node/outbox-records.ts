import { crc32 } from 'node:zlib'

export interface DecodedRecords {
  readonly records: readonly OutboxRecord[]
  /** Where what can be relied on ends: behind the last whole record, or before the first that is not. */
  readonly validBytes: number
  /** A whole record follows one that is not: this is no torn tail, and something that was safe is lost. */
  readonly isCorrupt: boolean
}

/** What was written at once: it is there as a whole, or not at all. */
export interface OutboxRecord {
  readonly values: readonly unknown[]
  readonly bytes: number
}

const lineFeed = 10
const mark = Buffer.from('outbox1 ')
const longestHead = 40

/** One line: a checksum, a length and the values as a JSON array. */
export function encodeRecord(values: readonly unknown[]): Uint8Array {
  const text = Buffer.from(JSON.stringify(values))
  const sum = crc32(text).toString(16).padStart(8, '0')
  return Buffer.concat([mark, Buffer.from(`${sum} ${text.byteLength} `), text, Buffer.from('\n')])
}

/** Reads a file of records of which any end may be missing, or be something else than was written. */
export function decodeRecords(bytes: Uint8Array): DecodedRecords {
  const records: OutboxRecord[] = []
  let validBytes = 0
  let isWhole = true
  for (let start = 0; start < bytes.byteLength; ) {
    const found = bytes.indexOf(lineFeed, start)
    const end = found < 0 ? bytes.byteLength : found
    const values = found < 0 ? null : decodeLine(bytes.subarray(start, end))
    if (values === null) isWhole = false
    else if (!isWhole) return { records, validBytes, isCorrupt: true }
    else {
      records.push({ values, bytes: end + 1 - start })
      validBytes = end + 1
    }
    start = end + 1
  }
  return { records, validBytes, isCorrupt: false }
}

function decodeLine(line: Uint8Array): readonly unknown[] | null {
  if (Buffer.compare(line.subarray(0, mark.length), mark) !== 0) return null
  const head = Buffer.from(line.subarray(0, longestHead)).toString('latin1')
  const [whole, sum = '', length] = /^outbox1 ([0-9a-f]{8}) (\d{1,12}) /.exec(head) ?? []
  if (whole === undefined) return null
  const text = line.subarray(whole.length)
  if (text.byteLength !== Number(length) || crc32(text) !== Number.parseInt(sum, 16)) return null
  const values: unknown = JSON.parse(new TextDecoder().decode(text))
  return Array.isArray(values) ? values : null
}
