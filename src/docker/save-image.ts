import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress } from 'node:zlib'
import type { Engine } from './engine.ts'
import { imagePath } from './images.ts'

export interface SavedImage {
  readonly path: string
  /** Of the file, in hex. */
  readonly sha256: string
  readonly sizeBytes: number
}

export interface SaveRequest {
  /** A tag, which the image has again wherever it is loaded, or an id. */
  readonly reference: string
  readonly folder: string
  /** Of the file, without what follows the dot. */
  readonly name: string
  readonly signal: AbortSignal
}

/**
 * Writes `<name>.tar.zst`, which `loadImage` reads, and Docker's own client where it is newer than 20.10, and beside it
 * `<name>.tar.zst.sha256`, which `sha256sum --check` reads. Both are there whole or not at all; what was there under these
 * names is replaced.
 */
export async function saveImage(engine: Engine, { reference, folder, name, signal }: SaveRequest): Promise<SavedImage> {
  await mkdir(folder, { recursive: true })
  const file = `${name}.tar.zst`
  const partial = join(folder, `.${file}.${crypto.randomUUID()}`)
  const hasher = new Bun.CryptoHasher('sha256')
  let sizeBytes = 0
  const measure = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hasher.update(chunk)
      sizeBytes += chunk.byteLength
      done(null, chunk)
    },
  })
  try {
    const saved = await engine.stream({
      method: 'GET',
      path: `${imagePath(reference)}/get`,
      doing: `save ${reference}`,
      timeoutMs: beginsMs,
      signal,
    })
    await pipeline(saved, createZstdCompress(), measure, createWriteStream(partial), { signal })
    const sha256 = hasher.digest('hex')
    await writeFile(`${partial}.sha256`, `${sha256}  ${file}\n`)
    await rename(partial, join(folder, file))
    await rename(`${partial}.sha256`, join(folder, `${file}.sha256`))
    return { path: join(folder, file), sha256, sizeBytes }
  } finally {
    await rm(partial, { force: true })
    await rm(`${partial}.sha256`, { force: true })
  }
}

/** The engine writes the whole image to its own disk before it sends the first byte. */
const beginsMs = 30 * 60 * 1000
