import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectEngine } from '../../../src/cli/machine.ts'
import { writeDemo } from '../../../src/demo/write-demo.ts'
import { findImage, removeImage } from '../../../src/docker/images.ts'
import { getEnvironment } from '../../../src/store/results.ts'
import { openStore } from '../../../src/store/store.ts'
import { ensureTestBaseImage } from '../../support/base-image.ts'
import { openswe } from '../../support/openswe.ts'

const id = 'openswe-demo__textwidth-1'
const dir = await mkdtemp(join(tmpdir(), 'openswe-run-publish-'))
const engine = connectEngine()
let words: readonly string[]
beforeAll(async () => {
  await ensureTestBaseImage(engine)
  const { instancesFile, reposTemplate } = await writeDemo(dir)
  words = ['run', instancesFile, '--repos', reposTemplate, '--cache', 'cache', '--only', id, '--repeats', '2']
})
afterAll(async () => {
  using store = await openStore(join(dir, 'openswe.db'), 'read')
  const environment = getEnvironment(store, 1)
  if (environment !== undefined) await removeImage(engine, environment.imageTag)
  await rm(dir, { recursive: true, force: true })
})

const run = (...more: readonly string[]) => openswe([...words, ...more], { cwd: dir })

test('an image that cannot be pushed is still accepted and still there, and programs are told why', async () => {
  const { exitCode, stdout } = await run('--json', '--push', '127.0.0.1:1/acme/envs')
  expect(exitCode).toBe(0)
  const settled = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find(({ event }) => event === 'settled')
  expect(settled).toMatchObject({
    verdict: { kind: 'accepted' },
    image: { kind: 'failed', message: expect.stringContaining('127.0.0.1:1 did not take it: ') },
  })
  using store = await openStore(join(dir, 'openswe.db'), 'read')
  expect(await findImage(engine, getEnvironment(store, settled.attempt)?.imageTag ?? '')).not.toBeNull()
})

test('where images can be neither pushed nor saved is said before anything is built', async () => {
  const file = join(dir, 'file')
  await writeFile(file, '')
  await writeFile(join(dir, 'config.json'), '{')
  const broken = await openswe([...words, '--push', 'acme/envs'], { cwd: dir, env: { DOCKER_CONFIG: dir } })
  expect([broken.exitCode, broken.stdout]).toEqual([5, ''])
  expect(broken.stderr).toContain(`--push acme/envs: ${dir}/config.json cannot be used: it is no JSON`)
  const noFolder = await run('--save', join(file, 'x'))
  expect([noFolder.exitCode, noFolder.stdout]).toEqual([5, ''])
  expect(noFolder.stderr).toContain('ENOTDIR')
})

test.each([
  [['--push', 'ghcr.io/Acme/envs'], 'in lower case and without a tag, is wanted, not "ghcr.io/Acme/envs"'],
  [['--push', 'ghcr.io/acme/envs:v1'], 'is wanted, not "ghcr.io/acme/envs:v1"'],
  [['--push', 'https://ghcr.io/acme'], 'is wanted, not "https://ghcr.io/acme"'],
  [['--push', 'acme/envs', '--save', 'images'], '--push and --save: give one of them'],
])('%j is wrong usage', async (more, message) => {
  const { exitCode, stderr } = await run(...more)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
})
