import { afterAll, expect, test } from 'bun:test'
import { buildImage } from '../../src/docker/build.ts'
import { removeWithCache } from '../../src/docker/build-cache.ts'
import { removeImage } from '../../src/docker/images.ts'
import { labelsFor } from '../../src/docker/labels.ts'
import { sweep } from '../../src/docker/prune.ts'
import { tarOf } from '../../src/docker/tar.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'

const engine = await testEngine()
const base = await testImage(engine)
const runId = `test-${crypto.randomUUID()}`
const { signal } = new AbortController()
afterAll(() => sweep(engine, { runId, kinds: ['eval', 'state', 'head', 'environment'] }))

/** Each `RUN` is a layer of its own. */
async function build(name: string, runs: readonly string[]): Promise<string> {
  const lines = [`FROM ${base}`, ...runs.map((run) => `RUN ${run}`)]
  const outcome = await buildImage(engine, {
    context: await tarOf([{ path: 'Dockerfile', mode: 0o644, content: Buffer.from(`${lines.join('\n')}\n`) }]),
    tag: `openswe/${runId}:${name}`,
    labels: labelsFor(runId, name, 'environment'),
    timeoutMs: 60_000,
    networkMode: 'none',
    signal,
  })
  if (outcome.kind !== 'built') throw new Error(outcome.log)
  return `openswe/${runId}:${name}`
}

/** Which of these commands the builder keeps the files of. */
async function keptOf(...marks: readonly string[]): Promise<boolean[]> {
  const { BuildCache } = await engine.call<{ readonly BuildCache: readonly { readonly Description: string }[] }>({
    method: 'GET',
    path: '/system/df',
    doing: 'list the cache',
  })
  return marks.map((mark) => BuildCache.some(({ Description }) => Description.includes(mark)))
}

const write = (mark: string) => `head -c 4711 /dev/zero > /${mark}`

test('with an image goes what the builder kept of it, and what another image has stays', async () => {
  const shared = `shared-${crypto.randomUUID()}`
  const mine = `mine-${crypto.randomUUID()}`
  const other = `other-${crypto.randomUUID()}`
  const first = await build('first', [write(shared), write(mine), write(`${mine}-2`)])
  const second = await build('second', [write(shared)])
  const third = await build('third', [write(other)])
  await removeImage(engine, third)
  expect(await keptOf(shared, mine, other)).toEqual([true, true, true])

  await removeWithCache(engine, signal, () => removeImage(engine, first))
  expect(await keptOf(shared, mine, other)).toEqual([true, false, true])

  await removeWithCache(engine, signal, () => removeImage(engine, second))
  expect(await keptOf(shared, mine, other)).toEqual([false, false, true])
})
