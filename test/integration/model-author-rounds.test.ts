import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { IterationRecord } from '../../src/domain/iteration-record.ts'
import { lastResult, openingOf, textOf } from '../authors/model/requests.ts'
import { ModelBench } from '../support/model-bench.ts'
import {
  type AskedRole,
  type AuthorApi,
  advises,
  judges,
  replyUsd,
  reports,
  roleOf,
  serveAuthors,
  uses,
  writesCommand,
  writesDockerfile,
} from '../support/scripted-author.ts'

/** One instance whose environment takes four iterations: by the log of each it is told who has to do what. */

setDefaultTimeout(600_000)

const id = 'acme__tally-rounds'
const activated = '. /opt/conda/etc/profile.d/conda.sh && conda activate testbed && '
const head = 'FROM openswe-python-3.11\nCOPY repo /testbed\nWORKDIR /testbed\n'
const installed = `RUN ${activated}uv pip install --no-cache pytest==8.3.4 && uv pip install --no-cache --no-build-isolation -e .\n`
const withBc = 'RUN apt-get update && apt-get install -y --no-install-recommends bc && rm -rf /var/lib/apt/lists/*\n'

const spreadTest = `import subprocess

from tally import spread

def test_spread():
    by_bc = subprocess.run(["bc"], input="5 - 1\\n", capture_output=True, text=True, check=True)
    assert spread([1, 5]) == int(by_bc.stdout)
`

const pytest = ['python', '-m', 'pytest', '-rA']
const advice = [
  'install by uv into testbed: Debian takes no packages into its own Python',
  'install bc from Debian',
  'run tests/test_core.py too: that is what the test patch changes',
] as const

let bench: ModelBench
let api: AuthorApi
let printed: string
let ended: unknown
beforeAll(async () => {
  bench = await ModelBench.open()
  api = await serveAuthors({
    rounds: {
      explore: [uses('digest', { path: 'pyproject.toml' }), reports()],
      dockerfile: [
        // Not at hand: said at once, and no build is paid for.
        writesDockerfile(head.replace('3.11', '2.6') + installed),
        // The wrong Python: Debian's own, which takes no packages.
        writesDockerfile(`${head}RUN /usr/bin/python3 -m pip install --no-build-isolation -e .\n`),
        writesDockerfile(head + installed),
        writesDockerfile(head + withBc + installed),
      ],
      'eval-script': [
        writesCommand(...pytest, 'tests/test_average.py'),
        writesCommand(...pytest, 'tests/test_spread.py'),
        writesCommand(...pytest, 'tests/test_core.py', 'tests/test_spread.py'),
      ],
      analyse: [
        advises({ dockerfile: advice[0] }),
        advises({ dockerfile: advice[1] }),
        advises({ eval_script: advice[2] }),
      ],
      confirm: [judges(true)],
    },
  })
  const { instance } = await bench.project('tally', { base: { 'tests/test_spread.py': spreadTest } })
  await bench.rows({ ...instance, instance_id: id, version: 'rounds' })
  const { exitCode, stdout, stderr } = await bench.run(api.url, '--builder', 'rewrite')
  ended = { exitCode, stderr }
  printed = stdout
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await bench[Symbol.asyncDispose]()
})

test('a wrong Python, then a missing system package, then a wrong test path: the fourth environment is accepted', async () => {
  expect(ended).toMatchObject({ exitCode: 0 })
  expect(printed).toContain(`accepted ${id} (1/1) 1 fail to pass, 2 pass to pass\n`)
  const { iterations, environment } = JSON.parse(await bench.show(id, '--json'))
  expect(iterations.map(({ result }: IterationRecord) => [result.kind, result.reason ?? ''])).toEqual([
    ['build-failed', 'build-failed'],
    ['evaluated', 'tests-fail-with-fix'],
    ['evaluated', 'tests-pass-without-fix'],
    ['accepted', ''],
  ])
  expect(environment).toMatchObject({
    dockerfile: head + withBc + installed,
    testCommand: { runner: 'pytest', argv: [...pytest, 'tests/test_core.py', 'tests/test_spread.py'] },
  })
})

test('who is advised is asked again, and nobody else', () => {
  expect(api.asked('rounds')).toEqual([
    ...(['explore', 'explore', 'dockerfile', 'dockerfile', 'eval-script', 'eval-script'] as const),
    ...(['analyse', 'dockerfile', 'analyse', 'dockerfile', 'analyse', 'eval-script', 'confirm'] as const),
  ])
})

const asked = (role: AskedRole) => api.requests.filter((request) => roleOf(request) === role)

test('what can be told without a build is told within the conversation', () => {
  const [, dockerfile] = asked('dockerfile')
  expect(lastResult(dockerfile)).toMatchObject({ is_error: true })
  expect(lastResult(dockerfile).content).toMatch(
    /no base image openswe-python-2\.6 — those at hand are of Python .*3\.11/,
  )
  const [, evalScript] = asked('eval-script')
  expect(lastResult(evalScript).content).toContain(
    'tests/test_average.py is not in the repository after the test patch',
  )
})

test('analysis sees why each failed, and its advice reaches whom it is for', () => {
  const evidence = asked('analyse').map(openingOf)
  expect(evidence[0]).toContain('error: externally-managed-environment')
  expect(evidence[1]).toContain("No such file or directory: 'bc'")
  expect(evidence[2]).toContain('tests-pass-without-fix')
  const [, , second, third] = asked('dockerfile').map(openingOf)
  expect(second).toContain(`<guidance>\n- ${advice[0]}\n</guidance>`)
  expect(third).toContain(`<guidance>\n- ${advice[0]}\n- ${advice[1]}\n</guidance>`)
  expect(openingOf(asked('eval-script').at(-1))).toContain(`<guidance>\n- ${advice[2]}\n</guidance>`)
})

test('the gold patch is shown to who confirms, and to nobody else', () => {
  const seen = api.requests.filter((request) => textOf(request).includes('no values have no average'))
  expect(seen.map(roleOf)).toEqual(['confirm'])
})

test('show has the iterations, the advice between them, and what each conversation cost', async () => {
  const text = await bench.show(id)
  const routing = text.split('\n').filter((line) => /^(?:iteration|advice)/.test(line))
  expect(routing.map((line) => line.replace(/ +/g, ' ').replace(/, [\d.]+s: .*/, ''))).toEqual([
    'iteration 1 by model: build-failed build-failed',
    `advice for the Dockerfile: ${advice[0]}`,
    'iteration 2 by model: evaluated tests-fail-with-fix',
    `advice for the Dockerfile: ${advice[1]}`,
    'iteration 3 by model: evaluated tests-pass-without-fix',
    `advice for the eval script: ${advice[2]}`,
    'iteration 4 by model: accepted',
  ])
  expect(text).toMatch(/^session explore +2 calls, \$0\.40\nsession 1\/dockerfile +2 calls, \$0\.40\n/m)
  expect(text).toMatch(/^session 4\/eval-script +1 call, \$0\.20\nsession 4\/confirm +1 call, \$0\.20\n/m)
  expect(text).toMatch(/^cost +\$2\.60\n/m)
  expect(api.requests.length * replyUsd).toBeCloseTo(2.6)
})

test('the transcript has what was said, conversation by conversation', async () => {
  const text = await bench.show(id, '--transcript')
  expect(text.match(/^===== .*$/gm)).toEqual([
    '===== explore: scripted-1 as explore',
    '===== 1/dockerfile: scripted-1 as dockerfile',
    '===== 1/eval-script: scripted-1 as evalScript',
    '===== 1/analyse: scripted-1 as analyse',
    '===== 2/dockerfile: scripted-1 as dockerfile',
    '===== 2/analyse: scripted-1 as analyse',
    '===== 3/dockerfile: scripted-1 as dockerfile',
    '===== 3/analyse: scripted-1 as analyse',
    '===== 4/eval-script: scripted-1 as evalScript',
    '===== 4/confirm: scripted-1 as analyse',
  ])
  expect(text).toContain(`--- calls decide\ndecision: revise\nguidance: {"dockerfile":"${advice[1]}"}\n`)
  expect(text).toContain(`--- calls write_dockerfile\ndockerfile:\n${head}${withBc}`)
})
