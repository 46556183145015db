import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBundle, readBundle } from '../../src/git/bundle.ts'
import { bundleOf } from '../../src/git/bundle-of.ts'
import { makeCheckout } from '../../src/git/checkout.ts'
import { type BundleAnswer, ensureCommit, type MirrorOptions } from '../../src/git/mirror.ts'
import { listObjects } from '../../src/git/object-audit.ts'
import { openSourceTree } from '../../src/git/source-tree.ts'
import { takeBundle } from '../../src/git/take-bundle.ts'
import { run, TestRepository } from '../support/git-repository.ts'
import { serveGit } from '../support/git-server.ts'

const { signal } = new AbortController()
const root = await mkdtemp(join(tmpdir(), 'openswe-test-bundle-'))
const repository = await TestRepository.create()
afterAll(async () => {
  await repository[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})
const nextDir = () => mkdtemp(join(root, 'case-'))

const first = repository.commit({ 'a.py': 'a = 1\n', 'big.bin': crypto.getRandomValues(new Uint8Array(30_000)) })
repository.tag('v1.0', first, 'Release\n')
const side = repository.commit({ 's.py': 's = 1\n' }, { branch: 'side', parents: [first] })
const second = repository.commit({ 'a.py': 'a = 2\n' })
const base = repository.commit({ 'm.py': 'm = 1\n' }, { parents: [second, side] })
const later = repository.commit({ 'a.py': 'a = 3  # the fix\n' })
const reachable = repository.gitDir
const repo = 'acme/repo'

/** Nobody listens there. */
const unreachable = 'http://127.0.0.1:1/{repo}'

interface Asked {
  readonly options: MirrorOptions
  readonly asked: string[]
}

async function nodeWith(depth: number, answer?: (commit: string) => Promise<BundleAnswer>): Promise<Asked> {
  const asked: string[] = []
  const [cacheDir, sourceCache] = [await nextDir(), await nextDir()]
  const fromSource = (commit: string) =>
    bundleOf({ cacheDir: sourceCache, template: reachable }, repo, commit, { depth, signal })
  const ask = (_repo: string, commit: string) => {
    asked.push(commit)
    return (answer ?? fromSource)(commit)
  }
  return { options: { cacheDir, template: unreachable, bundles: { depth, ask } }, asked }
}

async function readyAt(options: MirrorOptions, commit = base): Promise<string> {
  const outcome = await ensureCommit(options, repo, commit, signal)
  if (outcome.kind !== 'ready') throw new Error(outcome.explanation)
  return outcome.gitDir
}

async function filesOf(dir: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const path of (await readdir(dir, { recursive: true })).sort()) {
    const file = Bun.file(join(dir, path))
    if (await file.exists()) files[path] = Bun.hash(await file.bytes()).toString()
  }
  return files
}

test('where the source cannot be reached, a checkout by bundle has the same bytes and no object but those of its commit', async () => {
  const { options } = await nodeWith(1)
  const [here, there] = [join(await nextDir(), 'repo'), join(await nextDir(), 'repo')]
  const byBundle = await makeCheckout(await readyAt(options), base, here, { depth: 1, signal })
  const atSource = await makeCheckout(reachable, base, there, { depth: 1, signal })
  if (byBundle.kind !== 'ready' || atSource.kind !== 'ready') throw new Error('no checkout')
  expect(await filesOf(here)).toEqual(await filesOf(there))
  const { objects, unexplained } = await listObjects(join(here, '.git'), 'sha1', signal)
  expect([...objects].sort()).toEqual([...atSource.objects].sort())
  expect(unexplained).toEqual([])
})

test('the repository made of a bundle holds no object of the past or the future', async () => {
  const { options } = await nodeWith(1)
  const ids = run([
    '--git-dir',
    await readyAt(options),
    'cat-file',
    '--batch-all-objects',
    '--batch-check=%(objectname)',
  ])
  const expected = run(['--git-dir', reachable, 'rev-list', '--objects', '--no-walk', '--no-object-names', base])
  expect(ids.split('\n').sort()).toEqual(expected.split('\n').sort())
  expect(ids).not.toContain(later)
})

test('the version that the whole history tells is known though the history is not sent', async () => {
  const { options } = await nodeWith(1)
  const tree = await openSourceTree(await readyAt(options), base, signal)
  expect(tree.describedVersion).toBe(`1.1.dev3+g${base.slice(0, 9)}`)
  expect(tree.describedVersion).toBe((await openSourceTree(reachable, base, signal)).describedVersion)
})

test.each([2, 3, 100])('with ancestors to the depth %d a checkout is as it would be at the source', async (depth) => {
  const { options } = await nodeWith(depth)
  const [here, there] = [join(await nextDir(), 'repo'), join(await nextDir(), 'repo')]
  await makeCheckout(await readyAt(options), base, here, { depth, signal })
  await makeCheckout(reachable, base, there, { depth, signal })
  const read = (dir: string) => [
    run(['-C', dir, 'rev-list', '--objects', 'HEAD']),
    run(['-C', dir, 'for-each-ref']),
    run(['-C', dir, 'fsck', '--strict']),
  ]
  expect(read(here)).toEqual(read(there))
})

test('a commit is asked for once by many at the same time, and never again', async () => {
  const { options, asked } = await nodeWith(1)
  const gitDirs = await Promise.all([1, 2, 3, 4].map(() => readyAt(options)))
  expect(new Set(gitDirs).size).toBe(1)
  await readyAt(options)
  await readyAt(options, second)
  expect(asked).toEqual([base, second])
})

test('nobody is asked where the source is reached, also where the commit is missing there', async () => {
  using server = serveGit(reachable)
  const { options, asked } = await nodeWith(1)
  const atServer = { ...options, template: server.template }
  expect((await ensureCommit(atServer, 'acme/repo.git', base, signal)).kind).toBe('ready')
  expect((await ensureCommit(atServer, 'acme/repo.git', '0'.repeat(40), signal)).kind).toBe('commit-missing')
  expect((await ensureCommit({ ...options, template: reachable }, repo, '0'.repeat(40), signal)).kind).toBe(
    'commit-missing',
  )
  expect((await ensureCommit(options, 'acme/..', base, signal)).kind).toBe('missing')
  expect(asked).toEqual([])
})

test('a path that is not there, and a server that lets nobody in, are sources that cannot be reached', async () => {
  using server = serveGit(reachable, 'secret')
  for (const template of [`${root}/absent/{repo}`, server.template, 'http://host.invalid/{repo}']) {
    const { options, asked } = await nodeWith(1)
    expect((await ensureCommit({ ...options, template }, 'acme/repo.git', base, signal)).kind).toBe('ready')
    expect(asked).toEqual([base])
  }
})

test('what came of it at the other side is the outcome, with both reasons', async () => {
  const missing = await nodeWith(1)
  expect(await ensureCommit(missing.options, repo, '1'.repeat(40), signal)).toEqual({
    kind: 'commit-missing',
    explanation: expect.stringMatching(/127\.0\.0\.1.*; .*has no commit 1{40}$/s),
  })
  const broken = await nodeWith(1, async () => ({ kind: 'unreachable', explanation: 'not from here either' }))
  expect(await ensureCommit(broken.options, repo, base, signal)).toEqual({
    kind: 'unreachable',
    explanation: expect.stringMatching(/; not from here either$/),
  })
})

test('a source that could not be reached is not waited for again at the next commit, but is where no bundle comes', async () => {
  let requests = 0
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch() {
      requests += 1
      return new Response('no', { status: 503 })
    },
  })
  const { options, asked } = await nodeWith(1)
  const { bundles: _, ...alone } = { ...options, template: `http://127.0.0.1:${server.port}/{repo}` }
  const helped = { ...alone, ...(options.bundles === undefined ? {} : { bundles: options.bundles }) }
  await Promise.all([readyAt(helped, base), readyAt(helped, second)])
  await readyAt(helped, later)
  expect([requests, [...asked].sort()]).toEqual([1, [base, second, later].sort()])
  expect((await ensureCommit(alone, repo, first, signal)).kind).toBe('unreachable')
  expect(requests).toBe(2)
  await server.stop(true)
})

async function bundle(commit = base, depth = 1): Promise<Uint8Array> {
  const made = await makeBundle(reachable, commit, { depth, signal })
  if (made.kind !== 'bundle') throw new Error(made.explanation)
  return made.bytes
}

/** The bundle with another head, and with another pack where one is given. */
function altered(bytes: Uint8Array, changes: object, pack?: Uint8Array): Uint8Array {
  const read = readBundle(bytes)
  if (read === null) throw new Error('no bundle')
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...read.head, ...changes })}\n`), pack ?? read.pack])
}

function packOf(...names: readonly string[]): Uint8Array {
  const ids = names.map((name) => repository.git(['rev-parse', name]))
  return Bun.spawnSync(['git', `--git-dir=${reachable}`, 'pack-objects', '-q', '--stdout'], {
    stdin: Buffer.from(ids.join('')),
  }).stdout
}

const allOf = (commit: string) =>
  repository.git(['rev-list', '--objects', '--no-walk', '--no-object-names', commit]).trim().split('\n')

test.each([
  ['nothing', async () => new Uint8Array(), 'does not begin'],
  ['no bundle', async () => Buffer.from('<html>\n'), 'does not begin'],
  ['a head of another form', async () => altered(await bundle(), { shallow: ['../x'] }), 'does not begin'],
  ['cut off', async () => (await bundle()).subarray(0, -2000), 'early EOF'],
  [
    'with a byte changed',
    async () => (await bundle()).map((byte, at, { length }) => (at === length - 3000 ? byte ^ 1 : byte)),
    'bad object',
  ],
  ['with something behind it', async () => Buffer.concat([await bundle(), Buffer.from('x')]), 'junk at the end'],
  ['of another commit', () => bundle(second), 'was asked for'],
  ['of another depth', () => bundle(base, 2), 'was asked for'],
  [
    'of another commit under the right name',
    async () => altered(await bundle(second), { commit: base }),
    `it has no commit ${base}`,
  ],
  [
    'of a tree alone',
    async () => altered(await bundle(), {}, packOf(`${base}^{tree}`, `${base}:a.py`)),
    'did not receive expected object',
  ],
  [
    'without a file',
    async () =>
      altered(
        await bundle(),
        {},
        packOf(...allOf(base).filter((id) => id !== repository.git(['rev-parse', `${base}:a.py`]).trim())),
      ),
    'did not receive expected object',
  ],
  [
    'with a later commit',
    async () => altered(await bundle(), {}, packOf(...new Set([...allOf(base), ...allOf(later)]))),
    'does not need',
  ],
  [
    'with a parent left out that it does not name',
    async () => altered(await bundle(), { shallow: [] }),
    'did not receive expected object',
  ],
  ['with a history cut off elsewhere', async () => altered(await bundle(base, 3), { depth: 1 }), 'cut off elsewhere'],
  [
    'whose tag is no name of a tag',
    async () =>
      altered(await bundle(), { tagged: base, description: { tag: '../../../x', distance: 0, version: '1' } }),
    'bad name',
  ],
] as const)('a bundle %s is refused, and nothing of it stays', async (_, make, why) => {
  const dir = await nextDir()
  const outcome = await takeBundle(await make(), { gitDir: join(dir, 'x.git'), commit: base, depth: 1, signal })
  expect(outcome).toMatchObject({ kind: 'unusable' })
  expect(outcome.kind === 'unusable' && outcome.explanation).toContain(why)
  expect(await readdir(dir)).toEqual([])
})

test('more bytes than the limit are neither made nor taken', async () => {
  expect(await makeBundle(reachable, base, { depth: 1, limitBytes: 20_000, signal })).toEqual({
    kind: 'unable',
    explanation: `the objects of ${base} take more than 20000 bytes`,
  })
  const gitDir = join(await nextDir(), 'x.git')
  expect(
    await takeBundle(await bundle(), { gitDir, commit: base, depth: 1, limitBytes: 20_000, signal }),
  ).toMatchObject({
    kind: 'unusable',
    explanation: expect.stringContaining('more than 20000'),
  })
})

test('a file in .git of its own does not come by bundle either', async () => {
  await using hostile = await TestRepository.create()
  const blob = hostile.git(['hash-object', '-w', '--stdin'], Buffer.from('#!/bin/sh\n')).trim()
  const inner = hostile.git(['mktree'], Buffer.from(`100755 blob ${blob}\tpost-checkout\n`)).trim()
  const tree = hostile.git(['mktree'], Buffer.from(`040000 tree ${inner}\t.git\n`)).trim()
  const text = `tree ${tree}\nauthor x <x> 1 +0000\ncommitter x <x> 1 +0000\n\nx\n`
  const commit = hostile.git(['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(text)).trim()
  const made = await makeBundle(hostile.gitDir, commit, { depth: 1, signal })
  if (made.kind !== 'bundle') throw new Error(made.explanation)
  const gitDir = join(await nextDir(), 'x.git')
  expect(await takeBundle(made.bytes, { gitDir, commit, depth: 1, signal })).toMatchObject({
    kind: 'unusable',
    explanation: expect.stringContaining('hasDotgit'),
  })
})

test('an object that claims more memory than any may have is refused before it is unpacked', async () => {
  // One blob of 2^40 bytes by its header, and a pack of one object.
  const header = Buffer.from([0xb0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02])
  const commitHeader = Buffer.from([0x90, ...header.subarray(1)])
  const pack = Buffer.concat([Buffer.from('PACK\0\0\0\x02\0\0\0\x01'), commitHeader, Bun.deflateSync(Buffer.alloc(64))])
  const gitDir = join(await nextDir(), 'x.git')
  const hostile = altered(await bundle(), {}, pack)
  expect(await takeBundle(hostile, { gitDir, commit: base, depth: 1, signal })).toMatchObject({
    kind: 'unusable',
    explanation: expect.stringContaining('over limit'),
  })
})
