import { afterAll, expect, test } from 'bun:test'
import { access, chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureCommit } from '../../src/git/mirror.ts'
import { run, TestRepository } from '../support/git-repository.ts'
import { serveGit } from '../support/git-server.ts'

const { signal } = new AbortController()
const root = await mkdtemp(join(tmpdir(), 'openswe-test-mirror-'))
afterAll(() => rm(root, { recursive: true, force: true }))
const nextDir = () => mkdtemp(join(root, 'case-'))

async function remote() {
  const repository = await TestRepository.create()
  const base = repository.commit({ 'a.py': '1\n' })
  repository.commit({ 'a.py': '2\n' })
  repository.tag('v1', base, 'Release\n')
  return { repository, base }
}

const nobody = '0'.repeat(40)
const repo = 'acme/repo.git'

test('a repository at a path is used where it is, bare or not, and nothing is written to it', async () => {
  const { repository, base } = await remote()
  await using _ = repository
  const bare = join(await nextDir(), 'acme+tool', 'repo')
  run(['clone', '--quiet', '--bare', repository.gitDir, bare])
  const before = (await readdir(bare, { recursive: true })).sort()
  const template = join(bare, '../../{owner}+{name}/repo')
  expect(await ensureCommit({ cacheDir: root, template }, 'acme/tool', base, signal)).toEqual({
    kind: 'ready',
    gitDir: bare,
  })
  expect((await readdir(bare, { recursive: true })).sort()).toEqual(before)
  const clone = join(await nextDir(), 'acme/tool')
  run(['clone', '--quiet', repository.gitDir, clone])
  expect(
    await ensureCommit({ cacheDir: root, template: join(clone, '../../{repo}') }, 'acme/tool', base, signal),
  ).toEqual({
    kind: 'ready',
    gitDir: join(clone, '.git'),
  })
})

test('a path without a repository, and an id that is no commit there, are told apart', async () => {
  const { repository, base } = await remote()
  await using _ = repository
  const tree = repository.git(['rev-parse', `${base}^{tree}`]).trim()
  const at = (template: string, commit: string) =>
    ensureCommit({ cacheDir: root, template }, 'acme/tool', commit, signal)
  expect(await at(`${root}/absent/{repo}`, base)).toEqual({
    kind: 'missing',
    explanation: `${root}/absent/acme/tool is not a git repository`,
  })
  expect(await at(repository.gitDir, nobody)).toEqual({
    kind: 'commit-missing',
    explanation: `${repository.gitDir} has no commit ${nobody}`,
  })
  expect(await at(repository.gitDir, tree)).toEqual({
    kind: 'commit-missing',
    explanation: `"base_commit" ${tree} is a tree, not a commit`,
  })
  for (const commit of ['main', base.slice(0, 12), base.toUpperCase(), '--upload-pack=x', '']) {
    expect((await at(repository.gitDir, commit)).kind).toBe('commit-missing')
  }
})

test.each(['acme', 'acme/../x', 'acme/..', 'a/b/c', 'https://evil', '--upload-pack=x/y', 'acme/x y', ''])(
  'the repository name %p is refused',
  async (name) => {
    const outcome = await ensureCommit({ cacheDir: root, template: `${root}/{repo}` }, name, nobody, signal)
    expect(outcome).toMatchObject({ kind: 'missing', explanation: expect.stringContaining('must be owner/name') })
  },
)

test('a template that would start a program is refused', async () => {
  for (const template of ['ext::sh -c touch% /tmp/x {repo}', 'git://host/{repo}']) {
    const outcome = await ensureCommit({ cacheDir: root, template }, 'acme/tool', nobody, signal)
    expect(outcome).toMatchObject({
      kind: 'missing',
      explanation: expect.stringContaining('use https, http, ssh, file'),
    })
  }
})

test('a URL is fetched once for many who ask at the same time, whole and with its tags, and never again', async () => {
  const { repository, base } = await remote()
  await using _ = repository
  using server = serveGit(repository.gitDir)
  const options = { cacheDir: await nextDir(), template: server.template }
  const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => ensureCommit(options, repo, base, signal)))
  const [first] = outcomes
  if (first?.kind !== 'ready') throw new Error(JSON.stringify(first))
  expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1)
  expect(server.requests.filter((path) => path.endsWith('/info/refs')).length).toBe(1)
  expect(run(['--git-dir', first.gitDir, 'describe', '--tags', base]).trim()).toBe('v1')
  expect(run(['--git-dir', first.gitDir, 'fsck', '--strict'])).toBe('')
  const asked = server.requests.length
  expect(await ensureCommit(options, repo, base, signal)).toEqual(first)
  expect(server.requests.length).toBe(asked)
})

test('a commit that came later is fetched, also where it is on no branch', async () => {
  const { repository, base } = await remote()
  await using _ = repository
  using server = serveGit(repository.gitDir)
  const options = { cacheDir: await nextDir(), template: server.template }
  await ensureCommit(options, repo, base, signal)
  const later = repository.commit({ 'a.py': '3\n' })
  expect((await ensureCommit(options, repo, later, signal)).kind).toBe('ready')
  const hidden = repository.commit({ 'a.py': '4\n' }, { branch: 'gone', parents: [base] })
  repository.git(['update-ref', '-d', 'refs/heads/gone'])
  expect((await ensureCommit(options, repo, hidden, signal)).kind).toBe('ready')
  expect(await ensureCommit(options, repo, nobody, signal)).toMatchObject({ kind: 'commit-missing' })
})

test('a server that knows no such repository is told from one that is not there', async () => {
  const { repository, base } = await remote()
  await using _ = repository
  const server = serveGit(repository.gitDir)
  const options = { cacheDir: await nextDir(), template: server.template }
  expect(await ensureCommit(options, 'acme/other', base, signal)).toMatchObject({ kind: 'missing' })
  server[Symbol.dispose]()
  expect(await ensureCommit(options, repo, base, signal)).toMatchObject({ kind: 'unreachable' })
  const template = `file://${root}/absent/{repo}`
  expect(await ensureCommit({ ...options, template }, repo, base, signal)).toMatchObject({ kind: 'missing' })
})

test('a repository with a file in .git of its own is not brought to this machine', async () => {
  await using repository = await TestRepository.create()
  const blob = repository.git(['hash-object', '-w', '--stdin'], Buffer.from('#!/bin/sh\n')).trim()
  const inner = repository.git(['mktree'], Buffer.from(`100755 blob ${blob}\tpost-checkout\n`)).trim()
  const tree = repository.git(['mktree'], Buffer.from(`040000 tree ${inner}\t.git\n`)).trim()
  const text = `tree ${tree}\nauthor x <x> 1 +0000\ncommitter x <x> 1 +0000\n\nx\n`
  const commit = repository.git(['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(text)).trim()
  repository.git(['update-ref', 'refs/heads/main', commit])
  using server = serveGit(repository.gitDir)
  const options = { cacheDir: await nextDir(), template: server.template }
  const outcome = await ensureCommit(options, repo, commit, signal)
  expect(outcome).toMatchObject({ kind: 'missing', explanation: expect.stringContaining('hasDotgit') })
})

test('what a killed first fetch left does not hinder the next one', async () => {
  const { repository, base } = await remote()
  await using _ = repository
  using server = serveGit(repository.gitDir)
  const cacheDir = await nextDir()
  const options = { cacheDir, template: server.template }
  server.isAnswering = false
  const abort = new AbortController()
  const interrupted = ensureCommit(options, repo, base, abort.signal)
  await server.nextRequest()
  abort.abort(new Error('stopped'))
  await expect(interrupted).rejects.toThrow('stopped')
  const [partial = ''] = (await readdir(cacheDir)).filter((name) => name.includes('.partial'))
  await writeFile(join(cacheDir, partial, 'objects/pack/tmp_pack_half'), 'PACK')
  server.isAnswering = true
  expect((await ensureCommit(options, repo, base, signal)).kind).toBe('ready')
  expect((await readdir(cacheDir)).filter((name) => name.includes('.partial'))).toEqual([])
})

test('locks and halves that a killed later fetch left are removed', async () => {
  const { repository, base } = await remote()
  await using _ = repository
  using server = serveGit(repository.gitDir)
  const options = { cacheDir: await nextDir(), template: server.template }
  const first = await ensureCommit(options, repo, base, signal)
  if (first.kind !== 'ready') throw new Error(first.explanation)
  const leftovers = [
    'refs/heads/main.lock',
    'packed-refs.lock',
    'config.lock',
    'shallow.lock',
    'objects/pack/tmp_pack_x',
  ]
  for (const path of leftovers) await writeFile(join(first.gitDir, path), '')
  await mkdir(join(first.gitDir, 'objects/tmp_objdir-incoming-x'))
  const later = repository.commit({ 'a.py': '3\n' })
  expect((await ensureCommit(options, repo, later, signal)).kind).toBe('ready')
  for (const path of leftovers) await expect(access(join(first.gitDir, path))).rejects.toThrow('ENOENT')
})

test('a cache that is no repository any more is made anew', async () => {
  const { repository, base } = await remote()
  await using _ = repository
  using server = serveGit(repository.gitDir)
  const options = { cacheDir: await nextDir(), template: server.template }
  const first = await ensureCommit(options, repo, base, signal)
  if (first.kind !== 'ready') throw new Error(first.explanation)
  await rm(join(first.gitDir, 'HEAD'))
  expect(await ensureCommit(options, repo, base, signal)).toEqual(first)
})

test('neither the configuration nor the hooks of a repository run anything', async () => {
  const { repository, base } = await remote()
  await using _ = repository
  const trace = join(await nextDir(), 'trace')
  const script = join(repository.gitDir, 'hooks/post-index-change')
  await mkdir(join(repository.gitDir, 'hooks'))
  await writeFile(script, `#!/bin/sh\ntouch ${trace}\n`)
  await chmod(script, 0o755)
  for (const key of [
    'core.fsmonitor',
    'core.sshCommand',
    'uploadpack.packObjectsHook',
    'filter.x.smudge',
    'core.pager',
  ]) {
    repository.git(['config', key, `touch ${trace}`])
  }
  const cacheDir = await nextDir()
  for (const template of [repository.gitDir, `file://${repository.gitDir}`]) {
    expect((await ensureCommit({ cacheDir, template }, 'acme/tool', base, signal)).kind).toBe('ready')
  }
  await expect(access(trace)).rejects.toThrow('ENOENT')
})
