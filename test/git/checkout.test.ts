import { afterAll, expect, test } from 'bun:test'
import { lstat, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CheckoutOutcome, makeCheckout } from '../../src/git/checkout.ts'
import { expectedObjects } from '../../src/git/history.ts'
import { sha256 } from '../../src/util/sha256.ts'
import { run, TestRepository } from '../support/git-repository.ts'

const { signal } = new AbortController()
const root = await mkdtemp(join(tmpdir(), 'openswe-test-checkout-'))
afterAll(() => rm(root, { recursive: true, force: true }))

let made = 0
function nextDir(): string {
  return join(root, `checkout-${made++}`)
}

async function checkout(repository: TestRepository, commit: string, depth = 1) {
  const outcome = await makeCheckout(repository.gitDir, commit, nextDir(), { depth, signal })
  if (outcome.kind !== 'ready') throw new Error(outcome.explanation)
  return outcome
}

function gitIn(checkout: Extract<CheckoutOutcome, { kind: 'ready' }>, ...args: string[]): string {
  return run(['-C', checkout.dir, ...args]).trim()
}

function allObjects(checkout: Extract<CheckoutOutcome, { kind: 'ready' }>): string[] {
  const args = ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']
  return gitIn(checkout, ...args).split('\n')
}

/** Three commits on main, tags on each, and one on a side branch that was never merged. */
async function history() {
  const repository = await TestRepository.create()
  const first = repository.commit({ 'setup.py': 'v = 1\n', 'src/a.py': 'a = 1\n' })
  const base = repository.commit({ 'src/a.py': 'a = 2\n', 'bin/run': { executable: '#!/bin/sh\n' } })
  const later = repository.commit({ 'src/a.py': 'a = 3  # the fix\n' })
  const side = repository.commit({ 'src/b.py': 'b = 1\n' }, { branch: 'side', parents: [base] })
  return { repository, first, base, later, side }
}

/** Everything that a build context could tell: paths, types, modes, times, bytes. */
async function digest(dir: string): Promise<string> {
  const facts: string[] = []
  for (const path of (await readdir(dir, { recursive: true })).sort()) {
    const stats = await lstat(join(dir, path))
    const content = stats.isSymbolicLink()
      ? await readlink(join(dir, path))
      : stats.isFile()
        ? sha256(await readFile(join(dir, path)))
        : ''
    facts.push(`${path} ${stats.mode.toString(8)} ${stats.mtimeMs} ${content}`)
  }
  return facts.join('\n')
}

test('a checkout is the commit under its true id, clean, and nothing else', async () => {
  const { repository, base } = await history()
  await using _ = repository
  const made = await checkout(repository, base)
  const [pack = ''] = made.gitFiles.filter((path) => path.endsWith('.pack'))
  expect(made.gitFiles).toEqual(['HEAD', 'config', 'index', pack.replace('.pack', '.idx'), pack, 'shallow'])
  expect(gitIn(made, 'rev-parse', 'HEAD')).toBe(base)
  expect(gitIn(made, 'status', '--porcelain', '--ignored')).toBe('')
  expect(gitIn(made, 'log', '--all', '--reflog', '--format=%H')).toBe(base)
  expect(gitIn(made, 'for-each-ref')).toBe('')
  expect(gitIn(made, 'fsck', '--strict')).toBe('')
  expect(allObjects(made).sort()).toEqual([...made.objects].sort())
  expect(made.objects).toEqual(await expectedObjects(repository.gitDir, base, 1, signal))
})

test('git works in a checkout: an edit is seen, a commit goes on from the base', async () => {
  const { repository, base } = await history()
  await using _ = repository
  const made = await checkout(repository, base)
  await writeFile(join(made.dir, 'src/a.py'), 'a = 9\n')
  expect(gitIn(made, 'diff', '--stat', '--format=')).toContain('src/a.py | 2 +-')
  gitIn(made, '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '--quiet', '-am', 'More')
  expect(gitIn(made, 'rev-parse', 'HEAD^')).toBe(base)
})

test('two checkouts are the same to the last byte, mode and time, whatever the cache and the umask', async () => {
  const { repository, base } = await history()
  await using _ = repository
  const lines = Array.from({ length: 400 }, (_, at) => `line ${at}`)
  repository.commit({ 'long.txt': lines.join('\n'), link: { linkTo: 'long.txt' } })
  const commit = repository.commit({ 'long2.txt': [...lines, 'more'].join('\n') })
  const first = await checkout(repository, commit)
  repository.git(['repack', '-a', '-d', '-f', '-q', '--window=50'])
  const umask = process.umask(0o077)
  const second = await checkout(repository, commit).finally(() => process.umask(umask))
  expect(await digest(second.dir)).toBe(await digest(first.dir))
  expect(await digest((await checkout(repository, base)).dir)).not.toBe(await digest(first.dir))
})

test('a checkout may be on another disk than temporary files', async () => {
  const { repository, base } = await history()
  const elsewhere = await mkdtemp('/dev/shm/openswe-test-checkout-')
  try {
    const outcome = await makeCheckout(repository.gitDir, base, join(elsewhere, 'repo'), { depth: 1, signal })
    expect(outcome.kind).toBe('ready')
    expect((await stat(elsewhere)).dev).not.toBe((await stat(tmpdir())).dev)
  } finally {
    await rm(elsewhere, { recursive: true })
  }
})

test('files have the time of the commit', async () => {
  const { repository, base } = await history()
  await using _ = repository
  const made = await checkout(repository, base)
  const { mtimeMs } = await lstat(join(made.dir, 'bin/run'))
  expect(new Date(mtimeMs).toISOString()).toBe('2021-01-01T00:01:00.000Z')
})

test('depth keeps that many commits and cuts the past off there', async () => {
  await using repository = await TestRepository.create()
  const oldest = repository.commit({ a: '1\n' })
  const left = repository.commit({ a: '2\n' })
  const right = repository.commit({ b: '2\n' }, { branch: 'right', parents: [oldest] })
  const merge = repository.commit({ b: '2\n' }, { parents: [left, right] })
  const base = repository.commit({ a: '3\n' })
  repository.commit({ a: '4\n' })
  for (const [depth, kept] of [
    [1, [base]],
    [2, [base, merge]],
    [3, [base, merge, right, left]],
    [4, [base, merge, right, left, oldest]],
    [Number.POSITIVE_INFINITY, [base, merge, right, left, oldest]],
  ] as const) {
    const made = await checkout(repository, base, depth)
    expect(gitIn(made, 'log', '--format=%H').split('\n').sort()).toEqual([...kept].sort())
    expect(gitIn(made, 'rev-parse', '--is-shallow-repository')).toBe(String(depth < 4))
    expect(gitIn(made, 'fsck', '--strict')).toBe('')
    expect(allObjects(made).sort()).toEqual([...made.objects].sort())
  }
})

test('a checkout of a cut-off cache is cut off where the cache is', async () => {
  const { repository, base, first } = await history()
  await using _ = repository
  const shallow = await TestRepository.create()
  await using __ = shallow
  run(['--git-dir', shallow.gitDir, 'fetch', '--quiet', '--depth=1', `file://${repository.gitDir}`, base])
  const made = await checkout(shallow, base, 5)
  expect(gitIn(made, 'log', '--format=%H')).toBe(base)
  expect(made.objects.has(first)).toBe(false)
})

test('the nearest tag stays, without its message, where its commit is kept', async () => {
  const { repository, first, base, later } = await history()
  await using _ = repository
  repository.tag('v1.0', first, 'Release\n')
  repository.tag('v2.0', later)
  const alone = await checkout(repository, base)
  expect(gitIn(alone, 'tag')).toBe('')
  const deeper = await checkout(repository, base, 2)
  expect(gitIn(deeper, 'for-each-ref', '--format=%(objecttype) %(refname)')).toBe('commit refs/tags/v1.0')
  expect(gitIn(deeper, 'describe', '--tags')).toBe(`v1.0-1-g${base.slice(0, 7)}`)
  expect(allObjects(deeper).sort()).toEqual([...deeper.objects].sort())
  expect(gitIn(await checkout(repository, first), 'describe', '--tags')).toBe('v1.0')
})

test('files are as they are stored, whatever the attributes ask for', async () => {
  await using repository = await TestRepository.create()
  const base = repository.commit({
    '.gitattributes': '* text eol=crlf\n*.py ident\n*.u16 working-tree-encoding=UTF-16\n*.f filter=evil\n',
    'a.txt': 'one\ntwo\n',
    'b.txt': 'one\r\ntwo\r\n',
    'c.py': '$Id$\n',
    'd.u16': 'text\n',
    'e.f': 'text\n',
    'f.bin': new Uint8Array([0, 255, 13, 10, 0]),
  })
  const { dir } = await checkout(repository, base)
  const text = (path: string) => readFile(join(dir, path), 'utf8')
  expect(await Promise.all(['a.txt', 'b.txt', 'c.py', 'd.u16', 'e.f'].map(text))).toEqual([
    'one\ntwo\n',
    'one\r\ntwo\r\n',
    '$Id$\n',
    'text\n',
    'text\n',
  ])
  expect(new Uint8Array(await readFile(join(dir, 'f.bin')))).toEqual(new Uint8Array([0, 255, 13, 10, 0]))
})

test('a submodule is an empty directory and is reported', async () => {
  await using repository = await TestRepository.create()
  const base = repository.commit({ 'a.py': '1\n', 'vendor/lib': { submodule: '1'.repeat(40) } })
  const made = await checkout(repository, base)
  expect(made.submodules).toEqual(['vendor/lib'])
  expect(await readdir(join(made.dir, 'vendor/lib'))).toEqual([])
  expect(gitIn(made, 'status', '--porcelain')).toBe('')
})

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`

test('a file that Git LFS keeps elsewhere makes the repository unsupported, a text about it does not', async () => {
  await using repository = await TestRepository.create()
  const base = repository.commit({ 'doc.md': `A pointer is\n${pointer}` })
  await checkout(repository, base)
  const withPointer = repository.commit({ 'data/model.bin': pointer })
  const dir = nextDir()
  expect(await makeCheckout(repository.gitDir, withPointer, dir, { depth: 1, signal })).toEqual({
    kind: 'unsupported',
    explanation: 'data/model.bin is kept by Git LFS: its content is not in git',
  })
  await expect(lstat(dir)).rejects.toThrow('ENOENT')
})

test('a repository that lacks a file of the commit is unsupported', async () => {
  const { repository, base } = await history()
  await using _ = repository
  const oid = repository.git(['rev-parse', `${base}:src/a.py`]).trim()
  await rm(join(repository.gitDir, 'objects', oid.slice(0, 2), oid.slice(2)))
  const outcome = await makeCheckout(repository.gitDir, base, nextDir(), { depth: 1, signal })
  expect(outcome).toEqual({
    kind: 'unsupported',
    explanation: `the repository lacks objects of ${base} (fetch it without a filter): fatal: missing blob object '${oid}'`,
  })
})
