import { afterAll, expect, test } from 'bun:test'
import { containerName, createContainer } from '../../src/docker/container-calls.ts'
import { deriveImage, removeImage, tagImage } from '../../src/docker/images.ts'
import { type LabelKind, labelsFor } from '../../src/docker/labels.ts'
import { listOurImages } from '../../src/docker/our-images.ts'
import { sweep } from '../../src/docker/prune.ts'
import { tarOf } from '../../src/docker/tar.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'

const engine = await testEngine()
const base = await testImage(engine)
const runId = `test-${crypto.randomUUID()}`
const persons = `somebody/${runId}:1`
const { signal } = new AbortController()
afterAll(async () => {
  await removeImage(engine, persons)
  await sweep(engine, { runId, kinds: ['eval', 'state', 'head', 'environment'] })
})

async function makeImage(instanceId: string, kind: LabelKind, tag: string): Promise<string> {
  const tar = await tarOf([{ path: `${runId}-${kind}`, mode: 0o644, content: Buffer.from(tag) }])
  const labels = labelsFor(runId, instanceId, kind)
  const { imageId } = await deriveImage(engine, { imageId: base, tar, deleted: [], labels, signal })
  if (tag !== '') await tagImage(engine, imageId, tag)
  return imageId
}

test('images of ours are told by their labels and names, and whether a container is made of them', async () => {
  const name = `openswe/${runId}:1`
  const environment = await makeImage('a__b-1', 'environment', name)
  const state = await makeImage('a__b-2', 'state', '')
  await makeImage('a__b-3', 'head', persons)
  const labels = labelsFor(runId, 'a__b-1', 'eval')
  await createContainer(engine, containerName(labels), { Image: environment, Cmd: ['true'], Labels: labels }, signal)

  const listed = (await listOurImages(engine, signal)).filter((image) => image.runId === runId)
  expect(listed.sort((one, other) => (one.instanceId < other.instanceId ? -1 : 1))).toEqual([
    {
      imageId: environment,
      kind: 'environment',
      runId,
      instanceId: 'a__b-1',
      tags: [name],
      createdAtMs: expect.any(Number),
      isUsed: true,
    },
    {
      imageId: state,
      kind: 'state',
      runId,
      instanceId: 'a__b-2',
      tags: [],
      createdAtMs: expect.any(Number),
      isUsed: false,
    },
  ])
})
