import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoInstances } from '../../src/demo/catalogue.ts'
import { instanceIdOf } from '../../src/demo/demo-instance.ts'
import { type WrittenDemo, writeDemo } from '../../src/demo/write-demo.ts'
import { runProcess } from '../../src/util/process.ts'

interface Row {
  readonly instance_id: string
  readonly repo: string
  readonly base_commit: string
  readonly end_commit: string
  readonly patch: string
  readonly test_patch: string
}

let dir: string
let demo: WrittenDemo
let rows: readonly Row[]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openswe-demo-'))
  demo = await writeDemo(join(dir, 'first'))
  rows = await rowsOf(demo)
})

afterAll(() => rm(dir, { recursive: true }))

async function rowsOf(written: WrittenDemo): Promise<Row[]> {
  const lines = (await readFile(written.instancesFile, 'utf8')).trimEnd().split('\n')
  return lines.map((line): Row => JSON.parse(line))
}

function gitDirOf(row: Row): string {
  return demo.reposTemplate.replace('{owner}+{name}', row.repo.replace('/', '+'))
}

async function git(cwd: string, args: readonly string[], stdin?: string): Promise<string> {
  const result = await runProcess(['git', ...args], { cwd, ...(stdin === undefined ? {} : { stdin }) })
  if (result.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`)
  return new TextDecoder().decode(result.stdout)
}

/** A clone of the row's repository at a commit, in a folder of its own. */
async function cloneAt(row: Row, commit: string): Promise<string> {
  const work = join(dir, 'clones', `${row.instance_id}-${commit}`)
  await git(dir, ['clone', '--quiet', '--no-checkout', '-c', 'core.autocrlf=false', gitDirOf(row), work])
  await git(work, ['checkout', '--quiet', '--detach', commit])
  return work
}

test('every instance has a row and an expected outcome', () => {
  const ids = demoInstances.map(instanceIdOf)
  expect(rows.map((row) => row.instance_id)).toEqual(ids)
  expect(Object.keys(demo.expected)).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids[0]).toBe('openswe-demo__textwidth-1')
})

test('the commits are the same on every machine', () => {
  expect(Object.fromEntries(rows.map((row) => [row.instance_id, row.base_commit.slice(0, 12)]))).toMatchSnapshot()
})

test('a second folder gets the same rows, and so does the first one again', async () => {
  const first = await readFile(demo.instancesFile)
  const elsewhere = await writeDemo(join(dir, 'second'))
  expect(await readFile(elsewhere.instancesFile)).toEqual(first)
  await writeDemo(join(dir, 'first'))
  expect(await readFile(demo.instancesFile)).toEqual(first)
})

test('the two patches together turn the base commit into the merged one, byte for byte', async () => {
  for (const row of rows) {
    const work = await cloneAt(row, row.base_commit)
    await git(work, ['apply', '--index', '--whitespace=nowarn'], row.test_patch)
    await git(work, ['apply', '--index', '--whitespace=nowarn'], row.patch)
    const tree = await git(work, ['write-tree'])
    expect(tree).toBe(await git(work, ['rev-parse', `${row.end_commit}^{tree}`]))
  }
})

test('every repository holds later commits and tags, so that a leak is possible', async () => {
  for (const row of rows) {
    const gitDir = gitDirOf(row)
    expect((await git(gitDir, ['rev-list', `${row.end_commit}..main`])).trim()).not.toBe('')
    expect(await git(gitDir, ['tag', '--contains', row.end_commit])).not.toBe('')
    expect(await git(gitDir, ['fsck', '--strict', '--no-dangling'])).toBe('')
  }
})

test('a test patch carries binary bytes and CRLF lines', () => {
  const row = rows.find(({ repo }) => repo === 'openswe-demo/sumcsv')
  expect(row?.test_patch).toContain('GIT binary patch')
  expect(row?.test_patch).toContain('7.25\r\n')
})
