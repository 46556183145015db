import { afterAll, expect, test } from 'bun:test'
import { deriveImage, findImage, tagImage } from '../../src/docker/images.ts'
import { type LabelKind, labelsFor } from '../../src/docker/labels.ts'
import { sweep } from '../../src/docker/prune.ts'
import { tarOf } from '../../src/docker/tar.ts'
import { ImagesInUse } from '../../src/node/images-in-use.ts'
import { Janitor } from '../../src/node/janitor.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'

const engine = await testEngine()
const base = await testImage(engine)
const { signal } = new AbortController()
const runs: string[] = []
afterAll(async () => {
  for (const runId of runs) await sweep(engine, { runId, kinds: ['eval', 'state', 'head', 'environment'] })
})

function newRun(): string {
  const runId = `test-${crypto.randomUUID()}`
  runs.push(runId)
  return runId
}

/** At a time at which what other runs made is not old. */
function janitorOf(runId: string, nowMs = () => 0): Janitor {
  return new Janitor({ engine, runId, inUse: new ImagesInUse(), mayRemoveAccepted: false, nowMs })
}

async function makeImage(runId: string, instanceId: string, kind: LabelKind): Promise<string> {
  const tar = await tarOf([{ path: crypto.randomUUID(), mode: 0o644, content: Buffer.from(kind) }])
  const labels = labelsFor(runId, instanceId, kind)
  const { imageId } = await deriveImage(engine, { imageId: base, tar, deleted: [], labels, signal })
  await tagImage(engine, imageId, `openswe/${runId}:${crypto.randomUUID()}`)
  return imageId
}

async function areThere(images: readonly string[]): Promise<boolean[]> {
  return Promise.all(images.map(async (image) => (await findImage(engine, image)) !== null))
}

test('what this run needs no more is removed, and nothing of an attempt that goes on or of others', async () => {
  const [runId, other] = [newRun(), newRun()]
  const accepted = await makeImage(runId, 'a__b-1', 'environment')
  const superseded = await makeImage(runId, 'a__b-1', 'environment')
  const head = await makeImage(runId, 'c__d-1', 'head')
  const running = await makeImage(runId, 'c__d-2', 'head')
  const others = await makeImage(other, 'a__b-1', 'head')
  const janitor = janitorOf(runId)
  janitor.settle('a__b-1', accepted)
  using _begun = await janitor.begin('c__d-2')

  expect(await janitor.clean(async () => false, signal)).toBe(2)
  expect(await areThere([accepted, superseded, head, running, others])).toEqual([true, false, false, true, true])
})

test('cleaning ends when there is enough room, and what begins meanwhile keeps its images', async () => {
  const runId = newRun()
  const first = await makeImage(runId, 'a__b-1', 'head')
  const second = await makeImage(runId, 'c__d-1', 'head')
  const third = await makeImage(runId, 'e__f-1', 'head')
  const times = [1, 2, 3].map((seconds) => Date.now() + 1000 * seconds)
  const janitor = janitorOf(runId, () => times.shift() ?? 0)
  for (const instanceId of ['a__b-1', 'c__d-1', 'e__f-1']) (await janitor.begin(instanceId))[Symbol.dispose]()
  let asked = 0
  const isEnough = async () => {
    if (asked === 0) await janitor.begin('a__b-1')
    asked += 1
    return asked === 3
  }
  expect(await janitor.clean(isEnough, signal)).toBe(1)
  expect(await areThere([first, second, third])).toEqual([true, false, true])
})
