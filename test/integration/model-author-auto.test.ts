import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { IterationRecord } from '../../src/domain/iteration-record.ts'
import { openingOf } from '../authors/model/requests.ts'
import { oldTests } from '../support/cheat-project.ts'
import { ModelBench } from '../support/model-bench.ts'
import type { CliResult } from '../support/openswe.ts'
import {
  type AuthorApi,
  advises,
  givesUp,
  judges,
  reports,
  roleOf,
  serveAuthors,
  versionOf,
  writesDockerfile,
} from '../support/scripted-author.ts'

/** Rules accept `plain`, give up on `needy`, which the model then mends, and neither gets anywhere with `hopeless`. */
const head = 'FROM openswe-python-3.11\nCOPY repo /testbed\nWORKDIR /testbed\n'
const install = 'RUN uv pip install --no-cache pytest==8.3.4 && uv pip install --no-cache --no-build-isolation -e .\n'
const needy = 'import os\n\nhome = os.environ["TALLY_HOME"]\n\nfrom tally.core import average, spread, total\n'
const impossible = `${oldTests}\n\ndef test_average_of_nothing():\n    assert average([]) == 0\n`

setDefaultTimeout(600_000)

let bench: ModelBench
let api: AuthorApi
let ended: CliResult
beforeAll(async () => {
  bench = await ModelBench.open()
  api = await serveAuthors({
    needy: {
      explore: [reports()],
      analyse: [advises({ dockerfile: 'set TALLY_HOME' })],
      dockerfile: [writesDockerfile(`${head}${install}ENV TALLY_HOME=/srv\n`)],
      confirm: [judges(true)],
    },
    hopeless: {
      explore: [reports()],
      analyse: [givesUp('the test wants what the fix does not do')],
    },
  })
  const instances = await Promise.all(
    [
      { name: 'plain' },
      { name: 'needy', options: { base: { 'tally/__init__.py': needy } } },
      { name: 'hopeless', options: { tests: { 'tests/test_core.py': impossible } } },
    ].map(async ({ name, options }) => {
      const { instance } = await bench.project(name, options)
      return { ...instance, instance_id: `acme__${name}-1`, version: name, created_at: '2024-06-01T00:00:00Z' }
    }),
  )
  await bench.rows(...instances)
  ended = await bench.run(api.url, '--author', 'auto', '--builder', 'rewrite', '--rounds', '2')
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await bench[Symbol.asyncDispose]()
})

test('rules accept one, the model one that they gave up, and one is rejected, each with what it cost', async () => {
  expect(ended).toMatchObject({ exitCode: 0 })
  const { stdout } = await bench.openswe(['status'])
  expect(stdout).toEndWith(
    [
      'count  outcome   reason               cost',
      '    1  accepted  by model             $0.80',
      '    1  accepted  by rules             $0.00',
      '    1  rejected  tests-fail-with-fix  $0.40',
      '',
    ].join('\n'),
  )
  expect(stdout).toMatch(/^3 instances: 2 accepted \(67 %\), in [^,]+, for \$1\.20; /)
  expect(ended.stdout).toContain(stdout.slice(stdout.indexOf('count')))
})

test('where rules accept, nobody is asked', async () => {
  expect(api.asked('plain')).toEqual([])
  expect((await iterationsOf('plain')).map(({ author, result }) => [author, result.kind])).toEqual([
    ['rules', 'accepted'],
  ])
})

test('the model begins with what the rules tried: it analyses that, and only who is advised writes anew', async () => {
  expect(api.asked('needy')).toEqual(['explore', 'analyse', 'dockerfile', 'confirm'])
  const iterations = await iterationsOf('needy')
  expect(iterations.map(({ author, result }) => [author, result.kind])).toEqual([
    ['rules', 'evaluated'],
    ['model', 'accepted'],
  ])
  const [byRules, byModel] = iterations
  expect(byModel?.testCommand).toEqual(byRules?.testCommand)
  for (const role of ['analyse', 'dockerfile'] as const) {
    const opening = openingOf(api.requests.find((asked) => versionOf(asked) === 'needy' && roleOf(asked) === role))
    expect(opening).toContain(`## Iteration 1\n<dockerfile>\n${byRules?.dockerfile.trimEnd()}\n</dockerfile>`)
    expect(opening).toContain("KeyError: 'TALLY_HOME'")
  }
})

test('where the model gives up too, the rejection is that of the best that there was', async () => {
  expect(api.asked('hopeless')).toEqual(['explore', 'analyse'])
  const { verdict, iterations } = JSON.parse(await bench.show('acme__hopeless-1', '--json'))
  expect(verdict).toMatchObject({ kind: 'rejected', reason: 'tests-fail-with-fix' })
  expect(iterations.map(({ author }: IterationRecord) => author)).toEqual(['rules'])
})

const iterationsOf = async (name: string): Promise<readonly IterationRecord[]> =>
  JSON.parse(await bench.show(`acme__${name}-1`, '--json')).iterations
