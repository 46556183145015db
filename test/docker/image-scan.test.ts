import { afterAll, expect, test } from 'bun:test'
import { Readable } from 'node:stream'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { buildImage } from '../../src/docker/build.ts'
import { buildContext } from '../../src/docker/build-context.ts'
import { type ImageFile, readImageDirectory, scanImage, visitSavedLayers } from '../../src/docker/image-scan.ts'
import { findImage, removeImage } from '../../src/docker/images.ts'
import { layerMembers, visitSavedImage } from '../../src/docker/saved-image.ts'
import { tarOf } from '../../src/docker/tar.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'

const engine = await testEngine()
const base = await testImage(engine)
const baseLayers = (await findImage(engine, base))?.layers ?? []
const signal = new AbortController().signal
const tag = `openswe-scan-test:${process.pid}`

const built = await buildImage(engine, {
  context: buildContext({
    dockerfile: `FROM ${base}
LABEL said=this
ENV A=1
RUN mkdir -p /d/e && echo secret > /d/gone && echo stays > /d/e/stays && ln -s ../d /d/e/link && mkfifo /d/pipe
RUN rm /d/gone && chmod 700 /d/e/stays && printf x > "/d/$(printf '\\377')name"
CMD ["sh"]`,
  }),
  tag,
  labels: {},
  timeoutMs: 60_000,
  signal,
})
const image = built.kind === 'built' ? built.imageId : ''
afterAll(() => removeImage(engine, tag))

function collector() {
  const lines: string[] = []
  const visit = async (file: ImageFile) => {
    const content = file.type === 'file' ? (await file.content()).toString() : (file.linkTo ?? '')
    lines.push(`${file.type} ${file.mode.toString(8)} ${file.sizeBytes} ${file.path} ${content}`.trim())
  }
  return { lines, visit }
}

const expected = [
  'other 644 0 d/pipe',
  'file 644 7 d/gone secret',
  'file 644 6 d/e/stays stays',
  'link 777 0 d/e/link ../d',
  'file 700 6 d/e/stays stays',
  'file 644 1 d/\ufffdname x',
].sort()

test('every file of every layer above the base is visited, also what a later layer deletes', async () => {
  const { lines, visit } = collector()
  const config = await scanImage(engine, image, visit, { skipLayers: baseLayers, signal })
  expect(lines.sort()).toEqual(expected)
  expect(config).toMatchObject({ cmd: ['sh'], entrypoint: [], labels: { said: 'this' } })
  expect(config.env).toContain('A=1')
  expect(config.history.join('\n')).toContain('echo secret')
})

test('the saved image tells the same, where the layers are not on this machine', async () => {
  const { lines, visit } = collector()
  const layers = (await findImage(engine, image))?.layers ?? []
  await visitSavedLayers(engine, image, layers.length - baseLayers.length, visit, signal)
  expect(lines.sort()).toEqual(expected)
})

test('without layers to skip, and with layers of another image, all are visited', async () => {
  const [all, other] = [collector(), collector()]
  await scanImage(engine, image, all.visit, { skipLayers: [], signal })
  await scanImage(engine, image, other.visit, { skipLayers: [`sha256:${'0'.repeat(64)}`], signal })
  expect(all.lines.length).toBeGreaterThan(expected.length)
  expect(other.lines).toEqual(all.lines)
})

test('a directory is read as a container sees it; one that is absent is empty', async () => {
  const { lines, visit } = collector()
  await readImageDirectory(engine, image, '/d/e', visit, { signal })
  await readImageDirectory(engine, image, '/absent', visit, { signal })
  expect(lines.sort()).toEqual(['file 700 6 d/e/stays stays', 'link 777 0 d/e/link ../d'])
})

/** An image as engines from 25 on save it: layers are blobs, perhaps compressed, and the list comes last. */
async function savedAsBlobs(compress: (tar: Uint8Array) => Uint8Array): Promise<Readable> {
  const archive = pack()
  const layer = (path: string) => tarOf([{ path, mode: 0o644, content: Buffer.from(path) }])
  archive.entry({ name: 'blobs/sha256/cc' }, Buffer.from(compress(await layer('top'))))
  archive.entry({ name: 'blobs/sha256/aa' }, Buffer.from(compress(await layer('bottom'))))
  archive.entry({ name: 'blobs/sha256/bb' }, '{}')
  archive.entry({ name: 'manifest.json' }, JSON.stringify([{ Layers: ['blobs/sha256/aa', 'blobs/sha256/cc'] }]))
  archive.finalize()
  return Readable.from(archive as AsyncIterable<Uint8Array>)
}

test.each([
  ['plain', (tar: Uint8Array) => tar],
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
])('layers saved as blobs are read in their order: %s', async (_, compress) => {
  const members = await layerMembers(await savedAsBlobs(compress))
  expect(members).toEqual(['blobs/sha256/aa', 'blobs/sha256/cc'])
  const { lines, visit } = collector()
  await visitSavedImage(await savedAsBlobs(compress), new Set(members.slice(-1)), visit)
  expect(lines).toEqual(['file 644 3 top top'])
})

test('an error of the visitor ends the scan and is thrown', async () => {
  const stop = async () => {
    throw new Error('seen enough')
  }
  const scan = scanImage(engine, image, stop, { skipLayers: baseLayers, signal })
  expect(await scan.catch((error: Error) => error.message)).toBe('seen enough')
})
