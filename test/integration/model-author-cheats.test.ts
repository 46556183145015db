import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { IterationRecord } from '../../src/domain/iteration-record.ts'
import type { RejectionReason } from '../../src/domain/verdict.ts'
import { append, honestArgv, honestDockerfile, run, runUnseen, write } from '../support/cheat-attempt.ts'
import { addedByGold, fixedModule } from '../support/cheat-project.ts'
import { ModelBench } from '../support/model-bench.ts'
import type { CliResult } from '../support/openswe.ts'
import {
  type AskedRole,
  type AuthorApi,
  advises,
  type InstanceScript,
  judges,
  reports,
  serveAuthors,
  writesCommand,
  writesDockerfile,
} from '../support/scripted-author.ts'

/** A model that cheats, and insists on it whatever it is told. */
interface Cheat {
  readonly name: string
  readonly reason: RejectionReason
  /** Lines after the honest Dockerfile. */
  readonly lines?: readonly string[]
  readonly argv?: readonly string[]
}

const shell = (text: string) => ['bash', '-c', text]
const pytest = 'python -m pytest tests/test_core.py'
const site = '/opt/conda/envs/testbed/lib/python3.11/site-packages'

/** Prints a second marker, and empties the report once it is written. */
const forging = `import atexit, pathlib
atexit.register(lambda: [path.write_text("<testsuite/>") for path in pathlib.Path("/var/tmp").rglob("*.xml")])
print("OPENSWE_EXIT_CODE=0")
`

const project = '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "tally"\nversion = "2.0"\n'
const installRelease = `${write('/tmp/r/pyproject.toml', project)} && uv pip install --no-cache --no-build-isolation /tmp/r`

/** Told without a build: it goes back to the model, which does not listen. */
const toldAtOnce: readonly Cheat[] = [
  { name: 'exit-0', reason: 'eval-script-refused', argv: shell('exit 0') },
  { name: 'true', reason: 'eval-script-refused', argv: ['true'] },
  { name: 'or-true', reason: 'eval-script-refused', argv: shell(`${pytest} || true`) },
  { name: 'then-exit-0', reason: 'eval-script-refused', argv: shell(`${pytest}; exit 0`) },
  { name: 'marker', reason: 'eval-script-refused', argv: shell(`echo OPENSWE_EXIT_CODE=0; ${pytest}`) },
  { name: 'report', reason: 'eval-script-refused', argv: shell(`${pytest}; echo '<testsuite/>' >/tmp/report.xml`) },
  { name: 'pull-in-command', reason: 'eval-script-refused', argv: shell(`git pull && ${pytest}`) },
  { name: 'pull', reason: 'dockerfile-refused', lines: [run('git pull origin main')] },
  { name: 'fetch', reason: 'dockerfile-refused', lines: [run('git fetch && git checkout FETCH_HEAD')] },
  { name: 'release', reason: 'dockerfile-refused', lines: [run('pip install tally==2.0')] },
  { name: 'conftest', reason: 'dockerfile-refused', lines: [run(write('conftest.py', forging))] },
  { name: 'start-hook', reason: 'dockerfile-refused', lines: [run(write(`${site}/sitecustomize.py`, forging))] },
  { name: 'run-tests', reason: 'dockerfile-refused', lines: [run(pytest)] },
]

/** Found when the Dockerfile is tried; the model hands in the same again. */
const found: readonly Cheat[] = [
  {
    name: 'gold',
    reason: 'leak-gold-patch',
    lines: [`RUN printf '${addedByGold.replaceAll('\n', '\\n')}' >/srv/notes`],
  },
  { name: 'gold-base64', reason: 'leak-gold-patch', lines: [`RUN echo ${btoa(fixedModule)} >/srv/notes`] },
  { name: 'gold-unseen', reason: 'leak-gold-patch', lines: [runUnseen(write('/srv/notes', fixedModule))] },
  { name: 'fixed', reason: 'testbed-differs-from-base', lines: [run("sed -i 's/total(values) .*/1/' tally/core.py")] },
  { name: 'no-tests', reason: 'testbed-differs-from-base', lines: [run('rm -r tests')] },
  { name: 'conftest-unseen', reason: 'testbed-differs-from-base', lines: [runUnseen(write('conftest.py', forging))] },
  { name: 'hook-unseen', reason: 'image-tampered', lines: [runUnseen(write(`${site}/sitecustomize.py`, forging))] },
  {
    name: 'report-unseen',
    reason: 'image-tampered',
    lines: [runUnseen(append(`${site}/_pytest/junitxml.py`, forging))],
  },
  { name: 'release-unseen', reason: 'leak-release-installed', lines: [runUnseen(installRelease)] },
]

const cheats = [...toldAtOnce, ...found]

setDefaultTimeout(600_000)

let bench: ModelBench
let api: AuthorApi
let ended: CliResult
beforeAll(async () => {
  bench = await ModelBench.open()
  api = await serveAuthors(Object.fromEntries(cheats.map((cheat) => [cheat.name, scriptOf(cheat)])))
  const { instance } = await bench.project('tally')
  await bench.rows(...cheats.map(({ name }) => ({ ...instance, instance_id: idOf(name), version: name })))
  ended = await bench.run(api.url, '--builder', 'rewrite', '--rounds', '2', '--slots', '3')
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await bench[Symbol.asyncDispose]()
})

const idOf = (name: string) => `acme__tally-${name}`

function scriptOf({ lines = [], argv = honestArgv }: Cheat): InstanceScript {
  return {
    explore: () => reports(),
    dockerfile: () => writesDockerfile(`${honestDockerfile}${lines.join('\n')}\n`),
    'eval-script': () => writesCommand(...argv),
    analyse: () => advises({ dockerfile: 'do it otherwise', eval_script: 'do it otherwise' }),
    // Nobody is to come so far.
    confirm: () => judges(true),
  }
}

const iterationsOf = async (name: string): Promise<readonly IterationRecord[]> =>
  JSON.parse(await bench.show(idOf(name), '--json')).iterations

test('every cheat is rejected by its own rule, and they are counted by it', async () => {
  expect({ exitCode: ended.exitCode, stderr: ended.stderr.replace(/^\d+\/.*\n/gm, '') }).toEqual({
    exitCode: 0,
    stderr: '',
  })
  const lines = ended.stdout.split('\n')
  const reasons = lines.flatMap((line) => {
    const [, reason, name] = /^rejected (\S+) acme__tally-(\S+) /.exec(line) ?? []
    return reason === undefined || name === undefined ? [] : [[name, reason]]
  })
  expect(Object.fromEntries(reasons)).toEqual(Object.fromEntries(cheats.map(({ name, reason }) => [name, reason])))
  const counts = Map.groupBy(cheats, ({ reason }) => reason)
  for (const [reason, those] of counts) {
    expect(ended.stdout).toMatch(new RegExp(`^ +${those.length}  rejected  ${reason} `, 'm'))
  }
  expect(ended.stdout).toContain(`\n${cheats.length} instances: 0 accepted (0 %)`)
})

test.each(toldAtOnce.map(({ name, reason, argv }) => [name, reason, argv === undefined] as const))(
  'what is told without a build goes back to the model, which insists until its rounds are spent: %s',
  async (name, reason, isInDockerfile) => {
    const insisting = (role: AskedRole) => [role, role, role, role]
    const round = isInDockerfile ? insisting('dockerfile') : ['dockerfile' as const, ...insisting('eval-script')]
    expect(api.asked(name)).toEqual(['explore', ...round, 'analyse', ...round])
    const iterations = await iterationsOf(name)
    expect(iterations.map(({ result }) => [result.kind, result.reason])).toEqual(Array(2).fill(['no-answer', reason]))
    for (const { result } of iterations) {
      expect(result.explanation).toContain('4 times it was sent back, the last time for: ')
    }
  },
)

test.each(found.map(({ name, reason }) => [name, reason] as const))(
  'what is found when it is tried is not tried again, and no test of it is run: %s',
  async (name, reason) => {
    expect(api.asked(name)).toEqual([
      ...(['explore', 'dockerfile', 'eval-script', 'analyse'] as const),
      ...Array<AskedRole>(4).fill('dockerfile'),
    ])
    const [first, second] = await iterationsOf(name)
    expect(first?.result.reason).toBe(reason)
    expect(first?.runs).toEqual([])
    expect(second?.result.explanation).toContain('(4 times as a repeat)')
  },
)
