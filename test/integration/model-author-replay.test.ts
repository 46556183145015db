import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Glob } from 'bun'
import { currentAttempt } from '../../src/store/attempts.ts'
import { getIterations } from '../../src/store/iterations.ts'
import { getEnvironment } from '../../src/store/results.ts'
import { callsOfAttempt } from '../../src/store/sessions.ts'
import { openStore } from '../../src/store/store.ts'
import { honestArgv } from '../support/cheat-attempt.ts'
import { ModelBench } from '../support/model-bench.ts'
import type { CliResult, OpensweOptions } from '../support/openswe.ts'
import {
  advises,
  judges,
  reports,
  serveAuthors,
  uses,
  writesCommand,
  writesDockerfile,
} from '../support/scripted-author.ts'

setDefaultTimeout(600_000)

const id = 'acme__tally-replay'
const head = 'FROM openswe-python-3.11\nCOPY repo /testbed\nWORKDIR /testbed\n'
const install = 'uv pip install --no-cache pytest==8.3.4 && uv pip install --no-cache --no-build-isolation -e .'

/** Needs a variable, and says so with words that no two runs have alike. */
const needy = `import os, tempfile

if "TALLY_HOME" not in os.environ:
    raise RuntimeError(f"TALLY_HOME is not set: {object()} in {tempfile.mkdtemp()}")

from tally.core import average, spread, total

__all__ = ["average", "spread", "total"]
`

/** What models look at in a shell, much of which is another each time. */
const looks = [
  'ls -la /testbed /opt/conda/envs/testbed/lib/python3.11/site-packages; date; date -Is; hostname; echo pid: $$; mktemp -d',
  "TALLY_HOME=/ python -m pytest tests --durations=3 && python -c \"print({'a', 'b', 'c'}, object(), print)\"",
]

let bench: ModelBench
let recorded: CliResult
let asked: number
beforeAll(async () => {
  bench = await ModelBench.open()
  await using api = await serveAuthors({
    replay: {
      explore: [uses('search', { texts: ['TALLY_HOME'] }), reports()],
      dockerfile: [
        uses('open_shell', { python_version: '3.11' }),
        uses('run', { command: install }),
        uses('run', { command: 'touch /srv/a && false' }),
        uses('run', { command: 'ls /srv/a' }),
        ...looks.map((command) => uses('run', { command })),
        uses('undo', { count: 1 }),
        // Not what was tried: it fails.
        writesDockerfile(`${head}RUN ${install} && uv pip install --no-cache --no-index numpy\n`),
        uses('open_shell', { python_version: '3.11' }),
        uses('run', { command: install }),
        writesDockerfile(`${head}RUN ${install}\n`),
        writesDockerfile(`${head}RUN ${install}\nENV TALLY_HOME=/srv\n`),
      ],
      'eval-script': [writesCommand(...honestArgv)],
      analyse: [advises({ dockerfile: 'numpy is not needed' }), advises({ dockerfile: 'set TALLY_HOME' })],
      confirm: [judges(true)],
    },
  })
  const { instance } = await bench.project('tally', { base: { 'tally/__init__.py': needy } })
  await bench.rows({ ...instance, instance_id: id, version: 'replay' })
  recorded = await bench.run(api.url, '--record', 'rec')
  asked = api.requests.length
})
afterAll(() => bench[Symbol.asyncDispose]())

/** What came of the instance, but for how long it took and what was printed meanwhile. */
async function artefacts(database: string) {
  using store = await openStore(join(bench.cwd, database), 'read')
  const attempt = currentAttempt(store, id)
  const attemptId = attempt?.attempt_id ?? 0
  const { imageId: _, ...environment } = getEnvironment(store, attemptId) ?? { imageId: '' }
  const iterations = getIterations(store, attemptId).map(({ durationMs: _, buildLog: __, runs, ...record }) => ({
    ...record,
    runs: runs.map(({ durationMs: _, output: __, report, ...run }) => ({
      ...run,
      outcomes: report?.outcomes,
      uncollected: report?.collectionErrors.map(({ name }) => name),
    })),
  }))
  const state = attempt?.attempt.state === 'settled' ? attempt.attempt.verdict : attempt?.attempt.state
  return { state, environment, iterations }
}

test('a recorded run is made again without anybody to ask, and comes to the same, byte for byte', async () => {
  expect(recorded).toMatchObject({ exitCode: 0 })
  const files = [...new Glob('**').scanSync({ cwd: join(bench.cwd, 'rec'), onlyFiles: true })]
  expect(files).toHaveLength(asked + 1)
  const { exitCode, stdout, stderr } = await bench.replay('rec')
  expect({ exitCode, stderr: withoutHeartbeat(stderr) }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toContain('1 instances: 1 accepted (100 %)')
  const [first, again] = [await artefacts('openswe.db'), await artefacts('rec.db')]
  expect(first.iterations.map(({ result }) => result.kind)).toEqual(['build-failed', 'evaluated', 'accepted'])
  expect(JSON.stringify(again, null, 1)).toBe(JSON.stringify(first, null, 1))
  expect(first.environment).toMatchObject({
    dockerfile: `${head}RUN ${install}\nENV TALLY_HOME=/srv\n`,
    evalScript: expect.stringContaining('+def test_average_of_nothing'),
  })
})

test('a replay costs nothing, and what is asked in it is in its database too', async () => {
  using store = await openStore(join(bench.cwd, 'rec.db'), 'read')
  const calls = callsOfAttempt(store, currentAttempt(store, id)?.attempt_id ?? 0)
  expect(calls).toHaveLength(asked)
  expect(calls.every(({ cost_usd, ending }) => cost_usd === 0 && ending === 'answered')).toBe(true)
})

/** Replays the recording with one file of it changed, or taken away; what is said names the folder `REC`. */
async function replayWith(name: string, change: (text: string) => string | null, options: OpensweOptions = {}) {
  const dir = await mkdtemp(join(bench.cwd, 'rec-'))
  await cp(join(bench.cwd, 'rec'), dir, { recursive: true })
  const file = join(dir, id, name)
  const changed = change(await readFile(file, 'utf8'))
  if (changed === null) await rm(file)
  else await writeFile(file, changed)
  const { exitCode, stdout, stderr } = await bench.replay(basename(dir), options)
  return { exitCode, stdout, said: withoutHeartbeat(stderr).replaceAll(basename(dir), 'REC') }
}

test('an answer that is another leads to another request, which is told by its file and its lines', async () => {
  const { exitCode, stdout, said } = await replayWith('explore-001.json', (text) =>
    text.replace('"TALLY_HOME"', '"TALLY_FOLDER"'),
  )
  expect(exitCode).toBe(3)
  expect(stdout).toMatch(/^ +1 {2}open +queued /m)
  expect(said).toStartWith('given up, since the model cannot be asked: replay: another request than REC/')
  expect(said).toContain(`--- REC/${id}/explore-003.json\n+++ this run\n@@ `)
  expect(said).toMatch(/\n-.*"TALLY_HOME"\n/)
  expect(said).toMatch(/\n\+.*"TALLY_FOLDER"\n/)
})

test('a prompt that is another is told by its file and its lines', async () => {
  const source = join(import.meta.dir, '../..')
  const copy = join(bench.cwd, 'source')
  for (const name of ['src', 'prompts', 'base-images', 'package.json']) {
    await cp(join(source, name), join(copy, name), { recursive: true })
  }
  await symlink(join(source, 'node_modules'), join(copy, 'node_modules'))
  await appendFile(join(copy, 'prompts/explore.md'), '\nBe as brief as you can.\n')
  const program = join(copy, 'src/main.ts')
  const { exitCode, stdout, said } = await replayWith('explore-001.json', (text) => text, { program })
  expect(exitCode).toBe(3)
  expect(stdout).toMatch(/^ +1 {2}open +queued /m)
  expect(said).toContain(`--- REC/${id}/explore-001.json\n+++ this run\n@@ `)
  expect(said).toMatch(/\n\+Be as brief as you can\.[^\n]*\n/)
})

test('a call that the recording does not have is told by the file that it would be in', async () => {
  const { exitCode, said } = await replayWith('explore-003.json', () => null)
  expect(exitCode).toBe(3)
  expect(said).toContain(`replay: REC/${id}/explore-003.json is not there, but the run asks it\n`)
})

test('what is no recorded call is told by its file', async () => {
  const { exitCode, stdout, said } = await replayWith('explore-001.json', (text) => text.slice(0, -20))
  expect(exitCode).toBe(3)
  expect(stdout).toMatch(/^ +1 {2}open +queued /m)
  expect(said).toContain(`replay: REC/${id}/explore-001.json is no recorded call of this version: `)
})

const withoutHeartbeat = (stderr: string) => stderr.replace(/^\d+\/\d+ · .*\n/gm, '')
