import { expect, test } from 'bun:test'
import { demultiplex } from '../../src/docker/demultiplex.ts'

function frame(stream: number, payload: string): Buffer {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(Buffer.byteLength(payload), 4)
  return Buffer.concat([header, Buffer.from(payload)])
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}

test.each([1, 2, 3, 7, 8, 9, 1000])(
  'frames cut into pieces of %d bytes give the payload whole and in order',
  async (size) => {
    const bytes = Buffer.concat([frame(1, 'out '), frame(2, 'err '), frame(1, ''), frame(1, 'x'.repeat(300))])
    const payload = await Array.fromAsync(demultiplex(pieces(bytes, size)))
    expect(Buffer.concat(payload).toString()).toBe(`out err ${'x'.repeat(300)}`)
  },
)

test('many small frames that come together are handed on as one piece', async () => {
  const bytes = Buffer.concat(Array.from({ length: 100 }, () => frame(1, 'a')))
  expect(await Array.fromAsync(demultiplex(pieces(bytes, bytes.byteLength)))).toEqual([Buffer.from('a'.repeat(100))])
})
