import { afterAll, expect, test } from 'bun:test'
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCheckout } from '../../src/git/checkout.ts'
import { listObjects } from '../../src/git/object-audit.ts'
import { run, TestRepository } from '../support/git-repository.ts'

const { signal } = new AbortController()
const root = await mkdtemp(join(tmpdir(), 'openswe-test-audit-'))
const repository = await TestRepository.create()
afterAll(async () => {
  await repository[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})
const base = repository.commit({ 'a.py': 'a = 1\n' })
const fix = repository.commit({ 'a.py': 'a = 2  # the fix\n' })
const fixObjects = [fix, `${fix}^{tree}`, `${fix}:a.py`]
  .map((name) => repository.git(['rev-parse', name]).trim())
  .sort()
const checkout = await makeCheckout(repository.gitDir, base, join(root, 'checkout'), { depth: 1, signal })
const expected = checkout.kind === 'ready' ? checkout.objects : new Set<string>()

/** A copy of the checkout to which somebody does something; what the audit of its `.git` says. */
async function auditAfter(tamper: (dir: string) => unknown) {
  const dir = await mkdtemp(join(root, 'tampered-'))
  await cp(join(root, 'checkout'), dir, { recursive: true })
  await tamper(dir)
  const audit = await listObjects(join(dir, '.git'), 'sha1', signal)
  return { surplus: [...audit.objects].filter((id) => !expected.has(id)).sort(), unexplained: audit.unexplained }
}

const fetchInto = (dir: string, ...args: string[]) =>
  run(['-C', dir, 'fetch', '--quiet', ...args, repository.gitDir, fix])

test('an untouched checkout has no object but its own', async () => {
  expect(await auditAfter(() => {})).toEqual({ surplus: [], unexplained: [] })
})

test('a checkout in which git status and gc ran has no object but its own', async () => {
  const audit = await auditAfter((dir) => {
    run(['-C', dir, 'status'])
    run(['-C', dir, 'gc', '--quiet', '--no-cruft'])
  })
  expect(audit.surplus).toEqual([])
})

test.each([
  ['by a ref', (dir: string) => fetchInto(dir, '--depth=2', '--no-tags')],
  [
    'by a tag that was deleted again',
    (dir: string) => {
      fetchInto(dir)
      run(['-C', dir, 'tag', 'v2', fix])
      run(['-C', dir, 'tag', '-d', 'v2'])
    },
  ],
  [
    'in an extra pack',
    (dir: string) => run(['-C', dir, '-c', 'fetch.unpackLimit=1', 'fetch', '--quiet', repository.gitDir, fix]),
  ],
  [
    'in the one pack, after a repack',
    (dir: string) => {
      fetchInto(dir)
      run(['-C', dir, 'update-ref', 'refs/heads/x', fix])
      run(['-C', dir, 'repack', '-a', '-d', '-q'])
    },
  ],
  [
    'as loose objects that no ref names',
    async (dir: string) => {
      for (const id of fixObjects) {
        await mkdir(join(dir, '.git/objects', id.slice(0, 2)), { recursive: true })
        const path = join('objects', id.slice(0, 2), id.slice(2))
        await cp(join(repository.gitDir, path), join(dir, '.git', path))
      }
    },
  ],
] as const)('a later commit is found %s', async (_, tamper) => {
  expect(await auditAfter(tamper)).toEqual({ surplus: fixObjects, unexplained: [] })
})

async function packOf(dir: string): Promise<string> {
  const names = await readdir(join(dir, '.git/objects/pack'))
  return join(dir, '.git/objects/pack', names.find((name) => name.endsWith('.pack'))?.slice(0, -5) ?? '')
}

test('a pack whose index leaves the later commit out hides nothing', async () => {
  const { surplus, unexplained } = await auditAfter(async (dir) => {
    const index = await readFile(`${await packOf(dir)}.idx`)
    fetchInto(dir)
    run(['-C', dir, 'update-ref', 'refs/heads/x', fix])
    run(['-C', dir, 'repack', '-a', '-d', '-q'])
    await rm(`${await packOf(dir)}.idx`)
    await writeFile(`${await packOf(dir)}.idx`, index)
  })
  expect(surplus).toEqual(fixObjects)
  expect(unexplained).toEqual([expect.stringMatching(/\.idx$/)])
})

test.each([
  [
    'an alternate',
    (dir: string) => writeFile(join(dir, '.git/objects/info/alternates'), `${repository.gitDir}/objects\n`),
  ],
  ['a promisor mark', async (dir: string) => writeFile(`${await packOf(dir)}.promisor`, '')],
  ['a half-fetched pack', (dir: string) => writeFile(join(dir, '.git/objects/pack/tmp_pack_x'), 'PACK')],
  [
    'a pack with something behind it',
    async (dir: string) => {
      const pack = `${await packOf(dir)}.pack`
      await rename(pack, `${pack}2`)
      await writeFile(pack, Buffer.concat([await readFile(`${pack}2`), Buffer.from('the fix')]))
      await rm(`${pack}2`)
    },
  ],
  [
    'a loose object under a false name',
    async (dir: string) => {
      const [id = ''] = expected
      await mkdir(join(dir, '.git/objects', id.slice(0, 2)), { recursive: true })
      const from = join(repository.gitDir, 'objects', fix.slice(0, 2), fix.slice(2))
      await cp(from, join(dir, '.git/objects', id.slice(0, 2), id.slice(2)))
    },
  ],
  [
    'a loose object with something behind it',
    async (dir: string) => {
      const path = join('objects', base.slice(0, 2), base.slice(2))
      await mkdir(join(dir, '.git/objects', base.slice(0, 2)), { recursive: true })
      const copy = join(dir, '.git', path)
      await writeFile(copy, await readFile(join(repository.gitDir, path)))
      await appendFile(copy, 'the fix')
    },
  ],
] as const)('%s is not explained', async (_, tamper) => {
  expect((await auditAfter(tamper)).unexplained.length).toBeGreaterThan(0)
})
