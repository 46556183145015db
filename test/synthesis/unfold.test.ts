import { describe, expect, test } from 'bun:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { unfold } from '../../src/synthesis/unfold.ts'
import { deflatedZip } from '../support/zip.ts'

const secret = 'the fix, as upstream wrote it'

const holds = (bytes: Uint8Array) => [...unfold(bytes)].some((inner) => Buffer.from(inner).toString().includes(secret))

describe('what is found in', () => {
  const packed: readonly (readonly [string, Uint8Array])[] = [
    ['plain bytes', Buffer.from(secret)],
    ['gzip', gzipSync(secret)],
    ['zstd', zstdCompressSync(secret)],
    ['a zip', deflatedZip({ 'a.txt': 'nothing', 'pkg/b.py': secret })],
    ['a zip in a zip in gzip', gzipSync(deflatedZip({ 'x.whl': deflatedZip({ 'b.py': secret }) }))],
  ]
  test.each(packed)('%s', (_title, bytes) => expect(holds(bytes)).toBe(true))
})

test('archives are opened three deep, so that none unfolds without end', () => {
  expect(holds(gzipSync(gzipSync(gzipSync(secret))))).toBe(true)
  expect(holds(gzipSync(gzipSync(gzipSync(gzipSync(secret)))))).toBe(false)
})

test('what only begins like an archive is passed over', () => {
  const zip = deflatedZip({ 'a.txt': secret })
  for (const bytes of [
    new Uint8Array(),
    Buffer.from([0x1f, 0x8b]),
    gzipSync(secret).subarray(0, 20),
    zip.subarray(0, zip.length - 30),
    zip.map((byte, index) => (index > zip.length - 24 ? 0xff : byte)),
  ]) {
    expect([...unfold(bytes)]).toHaveLength(1)
  }
})
