import { expect, test } from 'bun:test'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from '../../src/docker/engine.ts'
import { deriveImage, findImage, removeImage } from '../../src/docker/images.ts'
import { loadImage } from '../../src/docker/load-image.ts'
import { saveImage } from '../../src/docker/save-image.ts'
import { tarOf } from '../../src/docker/tar.ts'
import { testImage } from '../support/image.ts'

const engine = Engine.connect()

test('a saved image is loaded under its name, packed or not, and one that is cut off is not', async () => {
  const signal = AbortSignal.timeout(60_000)
  const folder = await mkdtemp(join(tmpdir(), 'openswe-load-'))
  const tag = `openswe-test-load:${crypto.randomUUID().slice(0, 8)}`
  try {
    const small = await findImage(engine, await testImage(engine))
    const labels = { 'openswe.test': tag }
    const made = { imageId: small?.imageId ?? '', tar: await tarOf([]), deleted: [], labels, tag, signal }
    const { imageId } = await deriveImage(engine, made)
    const { path } = await saveImage(engine, { reference: tag, folder, name: 'image', signal })
    const packed = await readFile(path)
    const tar = Bun.zstdDecompressSync(packed)
    await removeImage(engine, tag)
    for (const cut of [packed.subarray(0, packed.length - 4000), tar.subarray(0, tar.length / 2), new Uint8Array()]) {
      await expect(loadImage(engine, inPieces(cut), signal)).rejects.toThrow('load an image')
      expect(await findImage(engine, tag)).toBeNull()
    }
    for (const whole of [packed, tar]) {
      await loadImage(engine, inPieces(whole), signal)
      expect((await findImage(engine, tag))?.imageId).toBe(imageId)
      await removeImage(engine, tag)
    }
  } finally {
    await removeImage(engine, tag)
    await rm(folder, { recursive: true })
  }
})

test('an archive that breaks off with an error ends the loading with it', async () => {
  const broken = (async function* () {
    yield Buffer.alloc(100_000)
    throw new Error('the disk is gone')
  })()
  await expect(loadImage(engine, broken, AbortSignal.timeout(20_000))).rejects.toThrow('the disk is gone')
})

/** The first ones too small to tell what it is. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 1)
  yield bytes.subarray(1, 3)
  for (let at = 3; at < bytes.byteLength; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000)
}
