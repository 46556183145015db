import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { authorOf } from '../../src/cli/authors.ts'
import { ModelGateway } from '../../src/control/model-gateway.ts'
import { createModelClient } from '../../src/llm/model-client.ts'
import type { Synthesize } from '../../src/node/workers.ts'
import { currentAttempt } from '../../src/store/attempts.ts'
import { getIterations } from '../../src/store/iterations.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { synthesize } from '../../src/synthesis/synthesize.ts'
import { honestArgv, honestDockerfile } from '../support/cheat-attempt.ts'
import type { CheatProject } from '../support/cheat-project.ts'
import type { ApiRequest } from '../support/messages-api.ts'
import {
  cutShort,
  htmlPage,
  overloaded,
  rateLimited,
  refuses,
  reset,
  says,
  type WireReply,
} from '../support/messages-api-replies.ts'
import { ModelBench, scriptedKey } from '../support/model-bench.ts'
import { runOnce } from '../support/run-once.ts'
import {
  type AuthorApi,
  advises,
  givesUp,
  type InstanceScript,
  judges,
  reports,
  scriptedPrices,
  serveAuthors,
  versionOf,
  writesCommand,
  writesDockerfile,
} from '../support/scripted-author.ts'

setDefaultTimeout(600_000)

const head = 'FROM openswe-python-3.11\nCOPY repo /testbed\nWORKDIR /testbed\n'

let bench: ModelBench
let project: CheatProject
beforeAll(async () => {
  bench = await ModelBench.open()
  project = await bench.project('tally')
  const names = ['key', 'storm', 'budget', 'dear', 'cheap']
  await bench.rows(...names.map(rowOf))
})
afterAll(() => bench[Symbol.asyncDispose]())

const others = Array.from({ length: 11 }, (_, index) => `other${index}`)
const idOf = (name: string) => `acme__tally-${name}`
const rowOf = (name: string) => ({ ...project.instance, instance_id: idOf(name), version: name })

/** One iteration whose build fails, and then whatever comes. */
function firstFails(
  name: string,
  analyse: NonNullable<InstanceScript['analyse']>,
  more: InstanceScript = {},
): InstanceScript {
  return {
    explore: [reports()],
    dockerfile: [writesDockerfile(`${head}RUN echo ${name} && false\n`), writesDockerfile(honestDockerfile)],
    'eval-script': [writesCommand(...honestArgv)],
    analyse,
    ...more,
  }
}

const run = (api: AuthorApi, name: string, ...words: readonly string[]) =>
  bench.run(api.url, '--only', idOf(name), '--db', `${name}.db`, '--builder', 'rewrite', ...words)

/** Where an instance stands in its database, and what its iterations came to. */
async function standing(name: string, database = `${name}.db`) {
  using store = await openStore(join(bench.cwd, database), 'read')
  const stored = currentAttempt(store, idOf(name))
  const iterations = getIterations(store, stored?.attempt_id ?? 0)
  return { state: stored?.attempt.state, iterations: iterations.map(({ result }) => result.kind) }
}

test('a key that is refused ends the run at its first call, before anything is built, and a valid one goes on', async () => {
  let isRevoked = true
  const script = firstFails('storm', [givesUp('enough')])
  await using api = await serveAuthors({ key: script }, () =>
    isRevoked ? refuses(401, 'authentication_error', `invalid x-api-key ${scriptedKey}`) : null,
  )
  const first = await run(api, 'key')
  expect(first.exitCode).toBe(3)
  expect(first.stderr).toContain(
    `given up, since the model cannot be asked: scripted-1: ${new URL(api.url).host} answered 401: invalid x-api-key [removed]; give a key that is valid there\n`,
  )
  expect(api.requests).toHaveLength(1)
  expect(await standing('key')).toEqual({ state: 'queued', iterations: [] })
  expect(await bench.show(idOf('key'), '--db', 'key.db')).not.toContain('build')
  isRevoked = false
  const second = await run(api, 'key')
  expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('(1 left over from an earlier run') })
  expect(await standing('key')).toEqual({ state: 'settled', iterations: ['build-failed'] })
})

test('what passes by itself is waited out: rate limits, an API with too much to do, half a stream, a page of a gateway', async () => {
  const storm: Readonly<Record<number, () => WireReply>> = {
    0: () => rateLimited('0'),
    1: () => rateLimited('0.1'),
    3: overloaded,
    5: () => cutShort(says('I begin'), 300, 'closed'),
    7: htmlPage,
  }
  const script = firstFails('storm', [givesUp('enough')])
  await using api = await serveAuthors({ storm: script }, ({ ordinal }: ApiRequest) => storm[ordinal]?.() ?? null)
  expect(await run(api, 'storm')).toMatchObject({ exitCode: 0 })
  expect(await standing('storm')).toEqual({ state: 'settled', iterations: ['build-failed'] })
  expect(api.asked('storm')).toEqual(['explore', 'dockerfile', 'eval-script', 'analyse'])
  const { modelCalls } = JSON.parse(await bench.show(idOf('storm'), '--json', '--db', 'storm.db'))
  expect(modelCalls.map(({ tries }: { readonly tries: number }) => tries)).toEqual([3, 2, 2, 2])
})

test('an API that is gone ends the run and rejects nothing, and a later run goes on where it was', async () => {
  const gone = Promise.withResolvers<void>()
  let isGone = false
  const leaves = () => {
    isGone = true
    gone.resolve()
    return reset()
  }
  await using api = await serveAuthors({ gone: firstFails('gone', [leaves, givesUp('enough')]) }, (asked) =>
    versionOf(asked) === 'gone' ? (isGone ? reset() : null) : { ...reset(), after: gone.promise },
  )
  using store = await openStore(join(bench.cwd, 'gone.db'), 'write')
  const options = { author: 'model', slots: 6, gatewayOf: gateways(store, api) } as const
  const first = await runOnce(store, ['gone', ...others].map(rowOf), worker, options)
  expect(first.ending).toMatchObject({ kind: 'halted', fault: { kind: 'model-unreachable' } })
  expect(first.snapshot).toMatchObject({ total: 12, queued: 12, rejected: 0, faulted: 0 })
  expect(await standing('gone')).toEqual({ state: 'queued', iterations: ['build-failed'] })
  isGone = false
  const second = await runOnce(store, [rowOf('gone')], worker, options)
  expect(second).toMatchObject({ ending: { kind: 'finished' }, intake: { continued: 1 }, snapshot: { rejected: 1 } })
  expect(api.asked('gone')).toEqual(['explore', 'dockerfile', 'eval-script', 'analyse', 'analyse'])
})

/** Of a reply that costs forty dollars. */
const dear = { input_tokens: 100, output_tokens: 20_000 }

test('a budget that is spent in the middle ends the run, and a later one has its own and goes on', async () => {
  const advice = { dockerfile: 'leave false out' }
  const script = firstFails('budget', [advises(advice, dear), advises(advice)], { confirm: [judges(true)] })
  await using api = await serveAuthors({ budget: script })
  const first = await run(api, 'budget', '--budget-usd', '60')
  expect(first.exitCode).toBe(3)
  expect(first.stderr).toMatch(
    /stopped, since the budget is spent: \$40\.70 of \$60\.00 are spent, and the next model call may cost \$\d+\.\d\d — raise --budget-usd, or run the same command again/,
  )
  expect(await standing('budget')).toEqual({ state: 'queued', iterations: ['build-failed'] })
  const asked = ['explore', 'dockerfile', 'eval-script', 'analyse'] as const
  expect(api.asked('budget')).toEqual([...asked])
  const second = await run(api, 'budget', '--budget-usd', '60')
  expect(second.exitCode).toBe(0)
  expect(second.stdout).toContain('(1 left over from an earlier run)')
  expect(second.stdout).toMatch(/^ +1 +accepted +by model +\$0\.60$/m)
  expect(await standing('budget')).toEqual({ state: 'settled', iterations: ['build-failed', 'accepted'] })
  expect(api.asked('budget')).toEqual([...asked, 'analyse', 'dockerfile', 'confirm'])
  expect(await bench.show(idOf('budget'), '--db', 'budget.db')).toMatch(/^cost +\$41\.30$/m)
})

test('an instance that has spent what it may is left for this run, and the others go on', async () => {
  const scripts = {
    dear: firstFails('dear', [advises({ dockerfile: 'leave false out' }, dear), givesUp('enough')]),
    cheap: firstFails('cheap', [givesUp('enough')]),
  }
  await using api = await serveAuthors(scripts)
  const both = ['--only', `${idOf('dear')},${idOf('cheap')}`, '--db', 'dear.db', '--builder', 'rewrite']
  const first = await bench.run(api.url, ...both, '--instance-budget-usd', '60')
  expect(first.exitCode).toBe(3)
  expect(first.stdout).toMatch(
    /fault instance-budget-spent acme__tally-dear given up for this run: \$40\.70 of \$60\.00 are spent for this instance, .* — raise --instance-budget-usd\n/,
  )
  expect(await standing('dear')).toEqual({ state: 'faulted', iterations: ['build-failed'] })
  expect(await standing('cheap', 'dear.db')).toEqual({ state: 'settled', iterations: ['build-failed'] })
  const second = await bench.run(api.url, ...both, '--instance-budget-usd', '60')
  expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('(1 tried again)') })
  expect(await standing('dear')).toEqual({ state: 'settled', iterations: ['build-failed'] })
  expect(api.asked('dear')).toEqual(['explore', 'dockerfile', 'eval-script', 'analyse', 'analyse'])
})

/** The work of a slot as the program does it, here. */
const worker: Synthesize = (task, options, channel, signal) => {
  const mirror = { cacheDir: join(bench.cwd, 'cache'), template: join(bench.cwd, 'repos/{name}') }
  const host = { engine: bench.engine, mirror, pythonVersions: ['3.11'], authors: authorOf }
  return synthesize(host, task, { ...options, runId: 'by-hand', workDir: join(bench.cwd, 'work') }, channel, signal)
}

/** The real client, which gives up soon. */
const gateways =
  (store: Store, { url }: AuthorApi) =>
  (runId: string) => {
    const model = 'scripted-1'
    const client = createModelClient({
      baseUrl: url,
      credential: { kind: 'api-key', value: scriptedKey },
      version: null,
      isProxied: false,
      models: { explore: model, dockerfile: model, evalScript: model, analyse: model, solve: model },
      prices: { [model]: { ...scriptedPrices[model], cacheWrite: 0, cacheRead: 0 } },
      retry: { maxTries: 2, baseMs: 1 },
      breaker: { failuresToOpen: 3, maxOpenMs: 1 },
    })
    const budget = { runUsd: null, instanceUsd: null }
    const { signal } = new AbortController()
    return new ModelGateway({ store, runId, client, budget, signal, nowMs: Date.now })
  }
