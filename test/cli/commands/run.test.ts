import { afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectEngine } from '../../../src/cli/machine.ts'
import type { Instance } from '../../../src/domain/instance.ts'
import { openStore } from '../../../src/store/store.ts'
import { ensureTestBaseImage } from '../../support/base-image.ts'
import { openswe } from '../../support/openswe.ts'

const patch = 'diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n'
const test_patch = patch.replaceAll('a.py', 'tests/test_a.py')

function row(instance_id: string, fields: Partial<Instance> = {}): string {
  const problem_statement = 'a is wrong'
  const known = { instance_id, repo: 'owner/name', base_commit: 'a'.repeat(40), patch, test_patch, problem_statement }
  return `${JSON.stringify({ ...known, ...fields })}\n`
}

let cwd: string
beforeAll(async () => {
  await ensureTestBaseImage(connectEngine())
})
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'openswe-run-'))
})
afterEach(() => rmSync(cwd, { recursive: true }))

/** Repositories that are not there: a verdict without an image. */
function run(...words: string[]) {
  return openswe(['run', 'rows.jsonl', '--repos', join(cwd, 'none/{repo}'), '--cache', 'cache', ...words], { cwd })
}

test('a run lists broken rows, gives every other one a verdict, and ends with a table and 0', async () => {
  writeFileSync(join(cwd, 'rows.jsonl'), `${row('a__a-1')}not json\n${row('b__b-2', { repo: '../x' })}${row('c__c-3')}`)
  const { exitCode, stdout, stderr } = await run('--slots', '1')
  expect(stderr).toContain('error[E_JSON]: rows.jsonl:2: ')
  expect(stderr).toContain('error[E_REPO]: rows.jsonl:3: ')
  const lines = stdout.split('\n')
  expect(lines[0]).toBe('2 of 2 instances to do (2 new); 2 broken rows left out; 1 at a time')
  expect(lines[1]).toStartWith('rejected repository-missing a__a-1 (1/2) ')
  expect(lines[2]).toStartWith('rejected repository-missing c__c-3 (2/2) ')
  expect(lines.slice(3, 6)).toEqual(['', 'count  outcome   reason', '    2  rejected  repository-missing'])
  expect(lines[6]).toMatch(/^2 instances: 0 accepted \(0 %\), in [\d.]+s$/)
  expect(exitCode).toBe(0)
})

test('the same command again says what it does not do again, and --retry does it', async () => {
  writeFileSync(join(cwd, 'rows.jsonl'), row('a__a-1'))
  await run()
  expect((await run()).stdout).toStartWith('0 of 1 instances to do; not done again: 1 rejected (see --retry); ')
  expect((await run('--retry', 'rejected')).stdout).toStartWith('1 of 1 instances to do (1 tried again); ')
  writeFileSync(join(cwd, 'rows.jsonl'), row('a__a-1', { base_commit: 'b'.repeat(40) }))
  expect((await run()).stdout).toStartWith('1 of 1 instances to do (1 whose row changed, so taken as new); ')
})

test('with --json every line of stdout is an object, from the rows to the end', async () => {
  writeFileSync(join(cwd, 'rows.jsonl'), `${row('a__a-1')}[]\n`)
  const { exitCode, stdout, stderr } = await run('--json')
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.map((event) => event.event)).toEqual([
    'problem',
    'intake',
    'stage',
    'running',
    'stage',
    'settled',
    'end',
  ])
  expect(events[5]).toMatchObject({
    instance_id: 'a__a-1',
    verdict: { kind: 'rejected', reason: 'repository-missing' },
  })
  expect(events[6]).toMatchObject({ ending: { kind: 'finished' }, total: 1, rejected: 1 })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
})

test('a file without one usable row, and an id that is not in it, exit 2', async () => {
  writeFileSync(join(cwd, 'rows.jsonl'), 'x\ny\n')
  const broken = await run()
  expect(broken.exitCode).toBe(2)
  expect(broken.stderr.match(/^error\[/gm)).toHaveLength(2)
  rmSync(join(cwd, 'rows.jsonl'))
  expect(await run()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('rows.jsonl: ') })
  writeFileSync(join(cwd, 'rows.jsonl'), row('a__a-1'))
  expect(await run('--only', 'a__a-1,007')).toMatchObject({
    exitCode: 2,
    stderr: 'openswe: --only: 007 not among the rows of rows.jsonl\n',
  })
})

test('a fault is no verdict: its instance is left for the next run, and the run exits 3', async () => {
  writeFileSync(join(cwd, 'rows.jsonl'), row('a__a-1'))
  const nobodyThere = ['run', 'rows.jsonl', '--repos', 'http://127.0.0.1:9/{repo}', '--cache', 'cache', '--tries', '1']
  const { exitCode, stdout } = await openswe(nobodyThere, { cwd })
  expect(stdout).toContain('\nfault repository-unreachable a__a-1 given up for this run: ')
  expect(stdout).toContain('\n    1  faulted  repository-unreachable\n')
  expect(exitCode).toBe(3)
  expect((await run()).stdout).toStartWith('1 of 1 instances to do (1 tried again); ')
})

test('validate takes rows with an environment only', async () => {
  const published = { Dockerfile: 'FROM openswe-python-3.11\n', eval_script: 'true\n' }
  writeFileSync(join(cwd, 'rows.jsonl'), `${row('a__a-1')}${row('b__b-2', published as Partial<Instance>)}`)
  const words = ['validate', 'rows.jsonl', '--repos', join(cwd, 'none/{repo}'), '--cache', 'cache']
  const { exitCode, stdout, stderr } = await openswe(words, { cwd })
  expect(stderr).toStartWith('error[E_TASK_FIELD]: rows.jsonl:1: has no "Dockerfile" and "eval_script"')
  expect(stdout).toStartWith('1 of 1 instances to do (1 new); 1 broken rows left out; ')
  expect(exitCode).toBe(0)
  expect(await Bun.file(join(cwd, 'openswe-validate.db')).exists()).toBe(true)
})

test('a second run on the same database is refused, with the holder’s pid, and exits 5', async () => {
  writeFileSync(join(cwd, 'rows.jsonl'), row('a__a-1'))
  using _store = await openStore(join(cwd, 'openswe.db'), 'write')
  const { exitCode, stderr } = await run()
  expect(stderr).toContain(`openswe.db is being written by pid ${process.pid} on host `)
  expect(exitCode).toBe(5)
})
