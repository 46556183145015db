import { pipeline, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createZstdDecompress } from 'node:zlib'
import * as v from 'valibot'
import { FaultError } from '../domain/fault.ts'
import type { Engine } from './engine.ts'

/** Loads what `saveImage` or `docker save` wrote, under the names it has there. Nothing of it is there unless it is whole. */
export async function loadImage(
  engine: Engine,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const broken = new AbortController()
  const tar = await unpacked(archive)
  // The library goes on waiting for what does not come any more.
  tar.once('error', (error) => broken.abort(error))
  const answer = await engine.stream({
    method: 'POST',
    path: '/images/load',
    query: { quiet: '1' },
    doing: 'load an image',
    upload: tar,
    timeoutMs: loadMs,
    signal: AbortSignal.any([signal, broken.signal]),
  })
  const said = await text(answer)
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  const error = lines.map((line) => v.parse(lineSchema, JSON.parse(line)).error).find((one) => one !== undefined)
  if (error !== undefined) throw new FaultError('engine-failed', `Docker could not load an image: ${error}`)
}

/** Engines unpack gzip themselves, but only new ones Zstandard. */
async function unpacked(archive: AsyncIterable<Uint8Array>): Promise<Readable> {
  const chunks = archive[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array()
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    head = Buffer.concat([head, next.value])
    if (head.byteLength >= zstdMagic.byteLength) break
  }
  const whole = Readable.from(after(head, chunks))
  if (!zstdMagic.equals(head.subarray(0, zstdMagic.byteLength))) return whole
  return pipeline(whole, createZstdDecompress(), () => {})
}

const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

async function* after(head: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

const lineSchema = v.object({ error: v.optional(v.string()) })

/** The engine answers once it has read all of it, over whatever link that comes. */
const loadMs = 2 * 60 * 60_000
