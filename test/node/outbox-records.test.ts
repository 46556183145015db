import { describe, expect, test } from 'bun:test'
import { decodeRecords, encodeRecord } from '../../src/node/outbox-records.ts'

const batches = [
  [{ sequence: 1, text: 'a\nb' }],
  [{ sequence: 2 }, { sequence: 3, text: 'ü\u2028' }],
  [],
  [4, null, 'x'],
]
const encoded = batches.map((values) => Buffer.from(encodeRecord(values)))
const bytes = Buffer.concat(encoded)
const ends = encoded.map((_, index) => Buffer.concat(encoded.slice(0, index + 1)).length)

const valuesOf = (file: Uint8Array) => decodeRecords(file).records.map(({ values }) => values)

test('what was written is read, with where each record ends', () => {
  const { records, validBytes, isCorrupt } = decodeRecords(bytes)
  expect(records).toEqual(batches.map((values, index) => ({ values, bytes: encoded[index]?.length ?? 0 })))
  expect({ validBytes, isCorrupt }).toEqual({ validBytes: bytes.length, isCorrupt: false })
  expect(decodeRecords(new Uint8Array())).toEqual({ records: [], validBytes: 0, isCorrupt: false })
})

test('a file that ends anywhere keeps its whole records, and is not taken for corrupt', () => {
  for (let length = 0; length < bytes.length; length += 1) {
    const whole = ends.filter((end) => end <= length)
    const { validBytes, isCorrupt } = decodeRecords(bytes.subarray(0, length))
    expect(valuesOf(bytes.subarray(0, length))).toEqual(batches.slice(0, whole.length))
    expect({ validBytes, isCorrupt }).toEqual({ validBytes: whole.at(-1) ?? 0, isCorrupt: false })
  }
})

test.each([
  ['zeros', 0],
  ['line feeds', 10],
  ['something else', 0xa7],
])('a last record of which any page is %s was never safe, and is cut off', (_, fill) => {
  const [, , lastStart = 0] = ends
  for (let at = lastStart; at < bytes.length; at += 1) {
    for (const length of [1, 5, bytes.length]) {
      const torn = Buffer.from(bytes)
      torn.fill(fill, at, Math.min(at + length, bytes.length))
      if (torn.equals(bytes)) continue
      expect(valuesOf(torn)).toEqual(batches.slice(0, 3))
      expect(decodeRecords(torn)).toMatchObject({ validBytes: lastStart, isCorrupt: false })
    }
  }
})

describe('a byte that changed before a whole record', () => {
  test('is seen wherever it is', () => {
    const [, , lastStart = 0] = ends
    for (let at = 0; at < lastStart; at += 1) {
      for (const mask of [1, 0x20, 0x80, 0xff]) {
        const changed = Buffer.from(bytes)
        changed[at] = (bytes[at] ?? 0) ^ mask
        const { isCorrupt, validBytes } = decodeRecords(changed)
        // A line feed that is lost joins the last record to the one before it, as if both were torn.
        expect(isCorrupt || at === lastStart - 1).toBe(true)
        expect(validBytes).toBe(ends.findLast((end) => end <= at) ?? 0)
      }
    }
  })
})
