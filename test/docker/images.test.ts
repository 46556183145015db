import { afterAll, expect, test } from 'bun:test'
import { buildImage } from '../../src/docker/build.ts'
import { buildContext } from '../../src/docker/build-context.ts'
import { runContainer } from '../../src/docker/container.ts'
import { deriveImage, findImage, inspectImage, removeImage, tagImage } from '../../src/docker/images.ts'
import { labelsFor } from '../../src/docker/labels.ts'
import { tarOf } from '../../src/docker/tar.ts'
import { containersOf, shellSpec } from '../support/containers.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'

const engine = await testEngine()
const runId = `test-${crypto.randomUUID()}`
const tag = `openswe-images-test:${process.pid}`
const signal = new AbortController().signal
const labels = labelsFor(runId, 'a__b-1', 'state')
const made: string[] = []

const built = await buildImage(engine, {
  context: buildContext({
    dockerfile: `FROM ${await testImage(engine)}
ENV KEPT="a b"
WORKDIR /testbed
RUN mkdir -p src/old 'odd dir' && touch src/a src/old/x 'odd dir/-rf' keep && ln -s /testbed/keep link
CMD ["sh", "-x"]`,
  }),
  tag,
  labels: labelsFor(runId, 'a__b-1', 'environment'),
  timeoutMs: 60_000,
  signal,
})
const source = built.kind === 'built' ? built.imageId : ''

afterAll(async () => {
  for (const image of made) await removeImage(engine, image)
  await removeImage(engine, tag)
  expect(await containersOf(engine, runId)).toEqual([])
})

async function derive(files: Parameters<typeof tarOf>[0], deleted: readonly string[] = []): Promise<string> {
  const { imageId } = await deriveImage(engine, { imageId: source, tar: await tarOf(files), deleted, labels, signal })
  made.push(imageId)
  return imageId
}

async function shell(imageId: string, script: string): Promise<string> {
  return (await runContainer(engine, shellSpec(imageId, `cd /testbed; ${script}`, runId))).output
}

const patched = { path: 'testbed/src/a', mode: 0o755, content: Buffer.from('new\n') }

test('a derived image has the files put in, with their modes, links and a fixed time', async () => {
  const link = { path: 'testbed/new/link', mode: 0o777, content: { linkTo: '../src/a' } }
  const image = await derive([patched, link])
  expect(await shell(image, 'cat new/link; stat -c "%a %Y %u" src/a; ls src/old')).toBe('new\n755 946771200 0\nx\n')
})

test('paths are deleted before files are put in, whatever their names, and links are not followed', async () => {
  const deleted = ['/testbed/src/old', '/testbed/odd dir/-rf', '/testbed/link', '/testbed/absent']
  const image = await derive([patched], deleted)
  expect(await shell(image, 'ls . src "odd dir"')).toBe('.:\nkeep\nodd dir\nsrc\n\nodd dir:\n\nsrc:\na\n')
})

test('a directory can become a file', async () => {
  const image = await derive([{ path: 'testbed/src', mode: 0o644, content: Buffer.from('file\n') }], ['/testbed/src'])
  expect(await shell(image, 'cat src')).toBe('file\n')
})

test.each([[[]], [['/testbed/keep']]])(
  'the configuration stays but for the labels, with %j deleted',
  async (deleted) => {
    const config = (await inspectImage(engine, await derive([patched], deleted)))?.Config
    const before = (await inspectImage(engine, source))?.Config
    expect(config?.Env).toEqual([...(before?.Env ?? [])])
    expect(config?.Env).toContain('KEPT=a b')
    expect(config?.Cmd).toEqual(['sh', '-x'])
    expect(config?.Entrypoint ?? []).toEqual([])
    expect(config?.WorkingDir).toBe('/testbed')
    expect(config?.Labels).toMatchObject(labels)
  },
)

test('an image is found by its tag and id with its layers, until its last tag is removed', async () => {
  const image = await derive([patched])
  const [one, two] = [`${tag}-one`, `${tag}-two`]
  await tagImage(engine, image, one)
  await tagImage(engine, image, two)
  const found = await findImage(engine, one)
  expect(found?.imageId).toBe(image)
  expect(found?.layers.slice(0, -1)).toEqual([...((await findImage(engine, source))?.layers ?? [])])
  await removeImage(engine, one)
  expect((await findImage(engine, two))?.imageId).toBe(image)
  await removeImage(engine, two)
  expect(await findImage(engine, image)).toBeNull()
  await removeImage(engine, two)
})
