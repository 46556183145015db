import { afterAll, expect, test } from 'bun:test'
import { buildImage } from '../../src/docker/build.ts'
import { runContainer } from '../../src/docker/container.ts'
import { Engine } from '../../src/docker/engine.ts'
import { deriveImage } from '../../src/docker/images.ts'
import { labelsFor } from '../../src/docker/labels.ts'
import { sweep } from '../../src/docker/prune.ts'
import { tarOf } from '../../src/docker/tar.ts'
import { containersOf, imagesOf, shellSpec, testLimits } from '../support/containers.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'

const { socketPath } = await testEngine()
const free = Engine.connect({ socketPath })
const base = await testImage(free)
const runId = `test-${crypto.randomUUID()}`
afterAll(() => sweep(free, { runId, kinds: ['eval', 'state', 'environment'] }))

interface Work {
  readonly name: string
  readonly comesTo: string
  readonly begin: (engine: Engine, signal: AbortSignal) => Promise<string>
}

const run: Work = {
  name: 'a run',
  comesTo: 'exited',
  begin: async (engine, signal) => {
    const limits = { ...testLimits, timeoutMs: 20_000 }
    return (await runContainer(engine, { ...shellSpec(base, 'true', runId), limits, signal })).end.kind
  },
}

const build: Work = {
  name: 'a build',
  comesTo: 'built',
  begin: async (engine, signal) => {
    const content = Buffer.from(`FROM ${base}\nCOPY Dockerfile /${runId}\n`)
    const context = await tarOf([{ path: 'Dockerfile', mode: 0o644, content }])
    const labels = labelsFor(runId, 'a', 'environment')
    const tag = `openswe/${runId}:1`
    return (await buildImage(engine, { context, tag, labels, timeoutMs: 60_000, signal })).kind
  },
}

const derivation: Work = {
  name: 'an image made of a container',
  comesTo: 'sha256:',
  begin: async (engine, signal) => {
    const labels = labelsFor(runId, 'a', 'state')
    const tar = await tarOf([])
    return (await deriveImage(engine, { imageId: base, tar, deleted: [], labels, signal })).imageId.slice(0, 7)
  },
}

for (const { name, comesTo, begin } of [run, build, derivation]) {
  test(`${name} begins once it is admitted, and leaves nothing where that is given up`, async () => {
    const reason = new Error('enough')
    const giveUp = new AbortController()
    const refused = Engine.connect({
      socketPath,
      admit: async (signal) => {
        giveUp.abort(reason)
        signal.throwIfAborted()
      },
    })
    const before = [...(await imagesOf(free, runId))]
    expect(await begin(refused, giveUp.signal).catch((error: unknown) => error)).toBe(reason)
    expect(await containersOf(free, runId)).toEqual([])
    expect(await imagesOf(free, runId)).toEqual(before)

    const opened = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const waiting = Engine.connect({
      socketPath,
      admit: () => {
        asked.resolve()
        return opened.promise
      },
    })
    const ended = begin(waiting, new AbortController().signal)
    await asked.promise
    expect(await containersOf(free, runId)).toEqual([])
    opened.resolve()
    expect(await ended).toBe(comesTo)
  })
}
