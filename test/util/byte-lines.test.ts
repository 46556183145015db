import { expect, test } from 'bun:test'
import { byteLines } from '../../src/util/byte-lines.ts'

async function linesOf(text: string, chunkBytes: number, limitBytes = 100): Promise<unknown[]> {
  const bytes = Buffer.from(text)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
  }
  const lines: unknown[] = []
  for await (const line of byteLines(chunks(), limitBytes)) {
    lines.push(line.kind === 'line' ? [line.number, Buffer.from(line.bytes).toString()] : [line.number, line.byteCount])
  }
  return lines
}

test.each([1, 2, 3, 5, 1000])('lines are whole whatever the chunks: %d bytes at a time', async (chunkBytes) => {
  expect(await linesOf('ä\n\nb\r\nlast', chunkBytes)).toEqual([
    [1, 'ä'],
    [2, ''],
    [3, 'b\r'],
    [4, 'last'],
  ])
})

test.each([1, 3, 1000])(
  'a line over the limit is counted and the next one read: %d bytes at a time',
  async (chunkBytes) => {
    expect(await linesOf(`${'x'.repeat(5)}\n${'y'.repeat(6)}\nz\n${'w'.repeat(70)}`, chunkBytes, 5)).toEqual([
      [1, 'xxxxx'],
      [2, 6],
      [3, 'z'],
      [4, 70],
    ])
  },
)

test('an empty stream has no lines', async () => {
  expect(await linesOf('', 10)).toEqual([])
})
