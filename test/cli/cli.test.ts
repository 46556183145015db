import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import packageFile from '../../package.json' with { type: 'json' }
import { commands } from '../../src/cli/commands.ts'
import { exitCodeTable } from '../../src/cli/exit-codes.ts'
import { FaultError } from '../../src/domain/fault.ts'
import { openStore } from '../../src/store/store.ts'
import { openswe } from '../support/openswe.ts'
import { runOnce } from '../support/run-once.ts'
import { anAcceptance, anInstance, anIteration, aRejection } from '../support/run-values.ts'

const longLog = `${'x'.repeat(99)}\n`.repeat(50_000)

let cwd: string
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'openswe cli '))
  using store = await openStore(join(cwd, 'openswe.db'), 'write')
  const instances = ['007', 'a__a-1', 'b__b-2', 'c__c-3'].map((id) => anInstance(id))
  await runOnce(store, instances, async ({ instance: { instance_id } }, _options, { emit }) => {
    emit({ type: 'stage', stage: 'build', iteration: 1, state: 'started' })
    emit({ type: 'stage', stage: 'build', iteration: 1, state: 'finished', durationMs: 61_000 })
    emit({
      type: 'iteration',
      record: { ...anIteration(1), ...(instance_id === 'a__a-1' ? { buildLog: longLog } : {}) },
    })
    if (instance_id === 'b__b-2') throw new FaultError('base-image-missing', 'no openswe-python-2.7')
    return instance_id === 'a__a-1' ? anAcceptance('a') : aRejection('\u001b[2Jthey pass\nall of them')
  })
})
afterAll(() => rmSync(cwd, { recursive: true }))

test('--version prints the version and nothing else', async () => {
  expect(await openswe(['--version'])).toEqual({ exitCode: 0, stdout: `openswe ${packageFile.version}\n`, stderr: '' })
})

test('help names every command but those that programs type, and every exit code', async () => {
  const { exitCode, stdout } = await openswe(['--help'])
  expect(exitCode).toBe(0)
  for (const { name, isInternal } of commands) expect(stdout.includes(`  openswe ${name} `)).toBe(isInternal !== true)
  const unwrapped = stdout.replace(/\n {4,}/g, ' ')
  for (const [code, meaning] of exitCodeTable)
    expect(unwrapped).toContain(`\n  ${code}${' '.repeat(5 - `${code}`.length)}${meaning}\n`)
})

test('every command has help with an example that starts as it is typed', async () => {
  const helps = await Promise.all(commands.map(async ({ name }) => ({ name, ...(await openswe([name, '--help'])) })))
  for (const { name, exitCode, stdout, stderr } of helps) {
    expect({ name, exitCode, stderr }).toEqual({ name, exitCode: 0, stderr: '' })
    expect(stdout).toContain(`Usage:\n  $ openswe ${name}`)
    expect(stdout).toContain(`Examples:\n  $ openswe ${name}`)
  }
})

test('what is typed wrong is named, with what was meant, and exits 2', async () => {
  const wrong: [string[], string][] = [
    [['statsu'], 'openswe: unknown command `statsu` — did you mean `status`?\n'],
    [['--slots'], 'openswe: unknown option `--slots` — see `openswe --help`\n'],
    [['status', '--jsn'], 'openswe: unknown option `--jsn` — did you mean `--json`?\n'],
    [['status', 'a'], 'openswe: Unused args: `a`\n'],
    [['run'], 'openswe: missing required args for command `run <instances>`\n'],
    [['run', 'x', '--slots'], 'openswe: option `--slots <N>` value is missing\n'],
    [
      ['run', 'x', '--slots', 'abc', '--memory=big', '--timeout', '90', '--retry', 'never', '--author', 'me'],
      [
        'openswe: --slots: a whole number from 1 to 256 is wanted, not "abc"',
        '--memory: a size such as 512m or 4g is wanted, not "big"',
        '--timeout: a time such as 90s or 30m is wanted, not "90"',
        '--retry: all, none, or some of accepted, rejected, unsolvable, faulted is wanted, not "never"',
        '--author: one of rules, model, auto is wanted, not "me"\n',
      ].join('\n'),
    ],
    [['run', 'x', '--slots=0'], 'openswe: --slots: a whole number from 1 to 256 is wanted, not "0"\n'],
    [['run', 'x', '--db', 'a', '--db', 'b'], 'openswe: --db is given twice — leave one out\n'],
    [['images', 'pull'], 'openswe: unknown action `pull` — `build`, `ls` and `load` are what there is\n'],
    [
      ['export', 'all', '--format', 'dir', '--out', 'x'],
      'openswe: unknown export `all` — trajectories or environments\n',
    ],
    [['export', 'environments'], 'openswe: --format is missing\n--out is missing\n'],
  ]
  const results = await Promise.all(wrong.map(([words]) => openswe(words, { cwd })))
  expect(results).toEqual(wrong.map(([, stderr]) => ({ exitCode: 2, stdout: '', stderr })))
})

test('status counts by outcome and reason', async () => {
  const { exitCode, stdout } = await openswe(['status'], { cwd })
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(
    /^4 instances: 1 accepted \(25 %\), in [\d.]+s; the run was killed: the same command continues it$/m,
  )
  expect(stdout).toEndWith(
    [
      'count  outcome   reason',
      '    2  rejected  tests-pass-without-fix',
      '    1  accepted',
      '    1  faulted   base-image-missing',
      '',
    ].join('\n'),
  )
  const json = JSON.parse((await openswe(['status', '--json'], { cwd })).stdout)
  expect(json).toMatchObject({ total: 4, accepted: 1, rejected: 2, faulted: 1, queued: 0, active: [], author: 'rules' })
})

test('show tells what became of an instance, without control characters where a person reads', async () => {
  expect((await openswe(['show', 'c__c-3'], { cwd })).stdout).toBe(
    [
      'instance     c__c-3',
      'author       rules',
      'outcome      rejected tests-pass-without-fix',
      'why          \\x1b[2Jthey pass',
      'advice       for the Dockerfile: add six',
      'iteration 1  by rules: evaluated tests-fail-with-fix, 1.5s: tests/test_x.py::test_a failed',
      'time         build 1m01s',
      '',
    ].join('\n'),
  )
  expect((await openswe(['show', 'b__b-2'], { cwd })).stdout).toContain(
    'fault        base-image-missing: no openswe-python-2.7\n',
  )
})

test('show prints each artefact byte for byte into a pipe', async () => {
  const { environment, proof } = anAcceptance('a')
  const shown = async (...words: string[]) => (await openswe(['show', ...words], { cwd })).stdout
  expect(await shown('a__a-1', '--dockerfile')).toBe(environment?.dockerfile ?? '')
  expect(await shown('a__a-1', '--eval-script')).toBe(environment?.evalScript ?? '')
  expect(JSON.parse(await shown('a__a-1', '--proof'))).toEqual(proof)
  expect(await shown('c__c-3', '--dockerfile')).toBe(anIteration(1).dockerfile)
  expect(await shown('c__c-3', '--log')).toBe(
    [
      '===== iteration 1: build',
      'Step 1',
      '===== iteration 1, run 1: with-fix (order=shuffled)',
      'F.',
      '\u001b[31mred\u001b[0m',
      '===== iteration 1, run 2: script-with-fix',
      '',
    ].join('\n'),
  )
  expect(JSON.parse(await shown('c__c-3', '--json'))).toMatchObject({ state: 'settled', iterations: [{ number: 1 }] })
})

test('an id that looks like a number is taken as it was typed, and an unknown one is helped', async () => {
  expect((await openswe(['show', '007'], { cwd })).stdout).toStartWith('instance     007\n')
  const { exitCode, stderr } = await openswe(['show', 'a__a-11'], { cwd })
  expect(exitCode).toBe(2)
  expect(stderr).toBe(`openswe: a__a-11 is not in ${cwd}/openswe.db — did you mean a__a-1?\n`)
  expect((await openswe(['show', 'c__c-3', '--proof'], { cwd })).exitCode).toBe(2)
})

test('export writes the file, says so on stderr, and leaves stdout alone', async () => {
  const words = ['export', 'environments', '--format', 'jsonl', '--out', 'out.jsonl']
  expect(await openswe(words, { cwd })).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: '1 accepted environments written to out.jsonl\n',
  })
  expect(await Bun.file(join(cwd, 'out.jsonl')).json()).toMatchObject({ instance_id: 'a__a-1' })
})

test('a database that is not there, or is none, exits 5 and is left alone', async () => {
  const { exitCode, stderr } = await openswe(['status', '--db', 'none.db'], { cwd })
  expect({ exitCode, stderr }).toEqual({
    exitCode: 5,
    stderr: `openswe: E_DB_ABSENT: ${cwd}/none.db: no such database — name it with --db\n`,
  })
  expect(existsSync(join(cwd, 'none.db'))).toBe(false)
  writeFileSync(join(cwd, 'text.db'), 'not a database')
  expect((await openswe(['status', '--db', 'text.db'], { cwd })).exitCode).toBe(5)
})

test('doctor and run say that no engine answers, what mends it, and exit 5', async () => {
  const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }
  const doctor = await openswe(['doctor', '--json'], { cwd, env })
  expect(doctor.exitCode).toBe(5)
  expect(JSON.parse(doctor.stdout.split('\n')[0] ?? '')).toMatchObject({
    name: 'engine',
    state: 'missing',
    fix: 'start Docker (`systemctl start docker`), or name its socket by DOCKER_HOST=unix:///path',
  })
  const run = await openswe(['run', 'x.jsonl', '--db', 'run.db'], { cwd, env })
  expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode: 5, stdout: '' })
  expect(run.stderr).toMatch(/^openswe: engine: .* — start Docker \(/)
  expect(existsSync(join(cwd, 'run.db'))).toBe(false)
  const remote = await openswe(['doctor'], { cwd, env: { DOCKER_HOST: 'tcp://example.org:2375' } })
  expect(remote.exitCode).toBe(5)
  expect(remote.stderr).toContain('only unix:// sockets are supported')
})

const main = join(import.meta.dir, '../../src/main.ts')

/** What is left on stderr by a shell line in which `$0 $1` is the program. */
async function shell(line: string): Promise<string> {
  const child = Bun.spawn(['bash', '-c', line, process.execPath, main], { cwd, stdout: 'ignore', stderr: 'pipe' })
  return await new Response(child.stderr).text()
}

test('a long output reaches a pipe whole', async () => {
  const { stdout } = await openswe(['show', 'a__a-1', '--log'], { cwd })
  expect(stdout).toStartWith(`===== iteration 1: build\n${longLog}`)
  expect(stdout).toEndWith('===== iteration 1, run 2: script-with-fix\n')
})

test('a reader that goes away ends a command quietly, and a full disk does not', async () => {
  expect(await shell('set -o pipefail; "$0" "$1" show a__a-1 --log | head -c 10; echo "exit $?" >&2')).toBe(
    'exit 141\n',
  )
  expect(await shell('"$0" "$1" status >/dev/full; echo "exit $?" >&2')).toMatch(
    /^openswe: cannot write the output: ENOSPC.*\nexit 1\n$/,
  )
})
