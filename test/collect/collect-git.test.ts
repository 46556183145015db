import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyPatches } from '../../src/git/patched-tree.ts'
import { run, TestRepository } from '../support/git-repository.ts'
import { latin1 } from '../support/github-project.ts'
import { openswe } from '../support/openswe.ts'

let folder: string
let repository: TestRepository
const bases: Record<string, string> = {}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openswe-test-mine-'))
  repository = await TestRepository.create()
  let tip = repository.commit({ 'calc.py': 'one = 1\n' }, { message: 'Begin (#1)\n' })
  const commit = (name: string, files: Parameters<TestRepository['commit']>[0], message: string, merged?: string) => {
    bases[name] = tip
    tip = repository.commit(files, { message, ...(merged === undefined ? {} : { parents: [tip, merged] }) })
  }
  commit('plain', { 'calc.py': 'one = 2\n' }, 'Tidy up\n')
  commit(
    'squash',
    { 'calc.py': 'one = 3\n', 'tests/test_a.py': 'a\n' },
    'Count right (#12)\n\nFixes #3\n\nSigned-off-by: A\n',
  )
  const start = tip
  commit('between', { 'other.py': 'o\n' }, 'Something else\n')
  const side = repository.commit({ 'side.py': 's\n' }, { branch: 'side', parents: [start], message: 'Closes #4\n' })
  const merge = 'Merge pull request #15 from dev/side\n\nAdd a side\n\nIt was missing.\n'
  commit('merge', { 'side.py': 's\n', 'tests/test_b.py': 'b\n' }, merge, side)
  commit('direct', { 'calc.py': latin1 }, 'Fixed #99 -- Wrote it in Latin-1\n')
  const lab = "Merge branch 'x' into 'main'\n\nLab\n\nCloses #5\n\nSee merge request g/p!20\n"
  commit(
    'gitlab',
    { 'lab.py': 'l\n', 'tests/test_l.py': 'l\n' },
    lab,
    repository.commit({ 'lab.py': 'l\n' }, { branch: 'x', parents: [tip] }),
  )
  bases.empty = tip
  repository.commit({}, { message: 'Nothing (#21)\n' })
})

afterAll(async () => {
  rmSync(folder, { recursive: true })
  await repository[Symbol.asyncDispose]()
})

async function mine(...words: string[]) {
  const result = await openswe(['collect', '--git', repository.gitDir, '--repo', 'o/r', ...words], { cwd: folder })
  const rows = result.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  return { ...result, rows }
}

test('merges, squashes and commits that close an issue become rows, upon their first parent', async () => {
  const { rows, exitCode, stderr } = await mine()
  expect(exitCode).toBe(0)
  expect(stderr).toEndWith('4 rows; skipped: 1 empty\n')
  const direct = rows[1].end_commit.slice(0, 12)
  expect(rows.map((row) => [row.instance_id, row.base_commit, row.issue_numbers, row.title])).toEqual([
    ['o__r-20', bases.gitlab, [5], 'Lab'],
    [`o__r-${direct}`, bases.direct, [99], 'Fixed #99 -- Wrote it in Latin-1'],
    ['o__r-15', bases.merge, [4], 'Add a side'],
    ['o__r-12', bases.squash, [3], 'Count right'],
  ])
  expect(rows[3]).toMatchObject({ problem_statement: 'Count right\n\nFixes #3', statement_from: 'commit', stars: null })
  const signal = new AbortController().signal
  for (const { base_commit, end_commit, patch, test_patch } of rows) {
    const applied = await applyPatches(repository.gitDir, base_commit, [patch, test_patch].filter(Boolean), signal)
    const treeOid = repository.git(['rev-parse', `${end_commit}^{tree}`]).trim()
    expect(applied).toMatchObject({ kind: 'applied', treeOid })
  }
})

test('texts of issues are found in JSON, JSONL and folders, and what is none is said', async () => {
  const three = {
    number: 3,
    title: 'Counts wrong',
    body: null,
    comments: [
      { body: 'Early', created_at: '2020-12-31T00:00:00Z' },
      { body: 'Late', created_at: '2022-01-01T00:00:00Z' },
      'Undated',
    ],
  }
  const pull = { number: 12, title: 'Count right', body: 'no issue', pull_request: { url: 'x' } }
  writeFileSync(join(folder, 'list.json'), JSON.stringify([three, pull]))
  writeFileSync(join(folder, 'lines.jsonl'), `${JSON.stringify(three)}\n{"number":4,\n`)
  mkdirSync(join(folder, 'texts'))
  writeFileSync(join(folder, 'texts/3.md'), '# Counts wrong\n\nSee.\n')
  const fromList = await mine('--issues', 'list.json')
  const told = { problem_statement: 'Counts wrong\n\n', statement_from: 'issue', hints_text: 'Early\n' }
  expect(fromList.rows[3]).toMatchObject(told)
  expect(fromList.rows[2]).toMatchObject({ statement_from: 'commit' })
  const fromLines = await mine('--issues', 'lines.jsonl')
  expect(fromLines.rows[3]).toMatchObject(told)
  expect(fromLines.stderr).toStartWith('lines.jsonl:2: is no JSON')
  const fromFolder = await mine('--issues', 'texts')
  expect(fromFolder.rows[3]).toMatchObject({ problem_statement: 'Counts wrong\nSee.\n', statement_from: 'issue' })
  expect((await mine('--issues', 'nowhere')).exitCode).toBe(2)
})

test('a clone with a work tree says itself what it is of, and gives the same rows', async () => {
  const clone = join(folder, 'clone')
  run(['clone', '--quiet', repository.gitDir, clone])
  run(['-C', clone, 'remote', 'set-url', 'origin', 'git@github.com:o/r.git'])
  const bare = await mine()
  const result = await openswe(['collect', '--git', clone, '--out', 'clone.jsonl'], { cwd: folder })
  expect(result.exitCode).toBe(0)
  expect(readFileSync(join(folder, 'clone.jsonl'), 'utf8')).toBe(bare.stdout)
})

test('a window and a limit bound what is mined, and an empty repository is said', async () => {
  expect((await mine('--limit', '2')).rows.map((row) => row.pull_number)).toEqual([20, null])
  expect((await mine('--since', '2030-01-01')).rows).toEqual([])
  expect((await mine('--before', '2020-01-01')).rows).toEqual([])
  await using empty = await TestRepository.create()
  const result = await openswe(['collect', '--git', empty.gitDir, '--repo', 'o/r'])
  expect(result).toMatchObject({ exitCode: 2 })
  expect(result.stderr).toContain('has no commit HEAD — is it empty?')
})
