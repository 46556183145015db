import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { buildImage } from '../../src/docker/build.ts'
import { buildContext } from '../../src/docker/build-context.ts'
import { Engine } from '../../src/docker/engine.ts'
import { findImage, removeImage, tagImage } from '../../src/docker/images.ts'
import { publishImage } from '../../src/docker/publish.ts'
import type { Publication } from '../../src/domain/published-image.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'
import { mustRun } from '../support/must-run.ts'
import { TestRegistry } from '../support/registry.ts'
import { withOwnMounts } from '../support/sshd.ts'

const engine = await testEngine()
const root = await mkdtemp(join(tmpdir(), 'openswe-test-publish-'))
const login = { user: 'robot', password: 'correct:horse' }
const basic = `Basic ${btoa(`${login.user}:${login.password}`)}`
const [open, closed] = await Promise.all([TestRegistry.start(), TestRegistry.start(login)])
const imageTag = `openswe/publish-test:${process.pid}`
const built = await buildImage(engine, {
  context: buildContext({ dockerfile: `FROM ${await testImage(engine)}\nRUN echo ${crypto.randomUUID()} > /word` }),
  tag: imageTag,
  labels: { 'openswe.test': 'publish' },
  timeoutMs: 60_000,
  signal: new AbortController().signal,
})
const imageId = built.kind === 'built' ? built.imageId : ''

afterAll(async () => {
  await Promise.all([open[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()])
  await removeImage(engine, imageTag)
  expect(await findImage(engine, imageId)).toBeNull()
  await rm(root, { recursive: true, force: true })
})

interface Case {
  readonly instanceId?: string
  readonly image?: { readonly imageId: string; readonly imageTag: string }
  /** Of Docker's client. */
  readonly config?: string | object
  readonly environment?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

async function publish(publication: Publication, some: Case = {}, on = engine) {
  const configDir = await mkdtemp(join(root, 'docker-'))
  const { config, instanceId = 'acme__tool-7', image = { imageId, imageTag }, environment = {} } = some
  if (config !== undefined) {
    await writeFile(join(configDir, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config))
  }
  const client = { configDir, environment }
  return publishImage(on, {
    publication,
    instanceId,
    image,
    client,
    signal: some.signal ?? new AbortController().signal,
  })
}

const push = (repository: string, some?: Case) => publish({ kind: 'push', repository }, some)

/** As `docker pull` does. */
async function pull(reference: string): Promise<void> {
  const [fromImage = '', tag = ''] = reference.split(/(?::[^:/]*)?@/)
  await text(await engine.stream({ method: 'POST', path: '/images/create', query: { fromImage, tag }, doing: 'pull' }))
}

/** As `docker load` does. */
async function load(tar: Uint8Array): Promise<void> {
  await text(await engine.stream({ method: 'POST', path: '/images/load', upload: Buffer.from(tar), doing: 'load' }))
}

test('an image is pushed by a tag of its instance, and its digest is the one that the registry tells', async () => {
  const outcome = await push(`${open.host}/acme/envs`)
  const tag = `acme__tool-7-${imageId.slice(7, 23)}`
  const digest = await open.digestOf('acme/envs', tag)
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(outcome).toEqual({ kind: 'pushed', reference: `${open.host}/acme/envs:${tag}@${digest}` })
})

test('what was pushed can be pulled by its reference and is the same image; the tag for pushing is gone here', async () => {
  const outcome = await push(`${open.host}/acme/pulled`)
  if (outcome.kind !== 'pushed') throw new Error(JSON.stringify(outcome))
  const [tagged = '', digest = ''] = outcome.reference.split('@')
  expect(await findImage(engine, tagged)).toBeNull()
  const byDigest = `${open.host}/acme/pulled@${digest}`
  await pull(outcome.reference)
  expect((await findImage(engine, byDigest))?.imageId).toBe(imageId)
  await removeImage(engine, byDigest)
  expect((await findImage(engine, imageTag))?.imageId).toBe(imageId)
})

test.each([
  ['a name and a password', { auth: btoa(`${login.user}:${login.password}`) }],
  ['them apart', { username: login.user, password: login.password }],
])("a login in Docker's own configuration is shown to the registry: %s", async (_, entry) => {
  const outcome = await push(`${closed.host}/acme/envs`, { config: { auths: { [closed.host]: entry } } })
  expect(outcome).toMatchObject({ kind: 'pushed' })
})

test('a login under an address, as older clients wrote it, is found', async () => {
  const auths = { [`https://${closed.host}/v1/`]: { auth: btoa(`${login.user}:${login.password}`) } }
  expect(await push(`${closed.host}/acme/old`, { config: { auths } })).toMatchObject({ kind: 'pushed' })
  expect(await closed.digestOf('acme/old', `acme__tool-7-${imageId.slice(7, 23)}`, basic)).toMatch(/^sha256:/)
})

test('a registry that lets nobody in without a login, or with a wrong one, is told of', async () => {
  const wrong = { auths: { [closed.host]: { auth: btoa('robot:guess') } } }
  for (const config of [{}, wrong]) {
    expect(await push(`${closed.host}/acme/no`, { config })).toEqual({
      kind: 'failed',
      message: expect.stringMatching(
        /^127\.0\.0\.1:\d+ did not take it: .*(?:no basic auth credentials|unauthorized|denied)/,
      ),
    })
  }
})

/** A program that keeps credentials. */
async function helper(name: string, script: string): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(root, 'bin-'))
  await writeFile(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}`, { mode: 0o755 })
  return { PATH: `${folder}:/usr/bin:/bin` }
}

const answers = `read -r server; printf '{"ServerURL":"%s","Username":"robot","Secret":"correct:horse"}' "$server"`

test.each(['credsStore', 'credHelpers'])('a program that keeps credentials is asked: %s', async (kind) => {
  const environment = await helper('test', answers)
  const config = kind === 'credsStore' ? { credsStore: 'test' } : { credHelpers: { [closed.host]: 'test' } }
  expect(await push(`${closed.host}/acme/helped`, { config, environment })).toMatchObject({ kind: 'pushed' })
})

test('a program that keeps no credentials for the registry means none', async () => {
  const environment = await helper('test', 'echo credentials not found in native keychain; exit 1')
  expect(await push(`${open.host}/acme/envs`, { config: { credsStore: 'test' }, environment })).toMatchObject({
    kind: 'pushed',
  })
})

test.each([
  ['is not there', '', 'docker-credential-test, which is to know the login to'],
  ['fails', 'echo locked; exit 3', 'docker-credential-test: locked'],
  ['prints something else', 'echo hunter2', 'docker-credential-test gave no login to'],
])('a program for credentials that %s is told of', async (_, script, message) => {
  const environment = script === '' ? { PATH: '/nonexistent' } : await helper('test', script)
  const outcome = await push(`${open.host}/acme/envs`, { config: { credsStore: 'test' }, environment })
  expect(outcome).toEqual({ kind: 'failed', message: expect.stringContaining(message) })
  expect(JSON.stringify(outcome)).not.toContain('hunter2')
})

test.each([
  ['{"auths": hunter2', 'it is no JSON'],
  ['[]', 'is no'],
  [{ auths: { x: 'hunter2' } }, 'auths.x is no Object'],
  [{ auths: { x: { auth: 7 } } }, 'is no'],
  [{ credsStore: { hunter2: 1 } }, 'credsStore is no string'],
])("a configuration of Docker's that is broken is told of without what stands in it: %j", async (config, message) => {
  const outcome = await push(`${open.host}/acme/envs`, { config })
  expect(outcome).toEqual({ kind: 'failed', message: expect.stringMatching(/config\.json cannot be used: /) })
  expect(outcome.kind === 'failed' && outcome.message).toContain(message)
  expect(JSON.stringify(outcome)).not.toContain('hunter2')
})

test('an auth that is no name and password, and a helper that is a path, are refused', async () => {
  const config = { auths: { [open.host]: { auth: btoa('hunter2') } } }
  expect(await push(`${open.host}/acme/envs`, { config })).toMatchObject({
    message: expect.stringMatching(/\.auth is not the base64 of user:password$/),
  })
  expect(await push(`${open.host}/acme/envs`, { config: { credsStore: '../../tmp/x' } })).toMatchObject({
    message: '"../../tmp/x" is no name of a credential helper',
  })
})

test('a registry that is not there is told of, and the image is the same as before', async () => {
  const outcome = await push('127.0.0.1:1/acme/envs')
  expect(outcome).toMatchObject({ kind: 'failed', message: expect.stringContaining('connection refused') })
  expect((await findImage(engine, imageTag))?.imageId).toBe(imageId)
  expect(await findImage(engine, `127.0.0.1:1/acme/envs:acme__tool-7-${imageId.slice(7, 23)}`)).toBeNull()
})

test('an image is saved as a file that has the told hash and can be loaded, under the name of its instance', async () => {
  const folder = await mkdtemp(join(root, 'saved-'))
  const outcome = await publish({ kind: 'save', folder: join(folder, 'new/images') })
  if (outcome.kind !== 'saved') throw new Error(JSON.stringify(outcome))
  const names = (await readdir(join(folder, 'new/images'))).sort()
  expect(names).toEqual(['acme__tool-7.tar.zst', 'acme__tool-7.tar.zst.sha256'])
  expect(outcome.path).toBe(join(folder, 'new/images/acme__tool-7.tar.zst'))
  expect(await mustRun(['sha256sum', '--check', `${outcome.path}.sha256`], { cwd: join(folder, 'new/images') })).toBe(
    'acme__tool-7.tar.zst: OK\n',
  )
  const bytes = await Bun.file(outcome.path).bytes()
  expect([outcome.sizeBytes, outcome.sha256]).toEqual([
    bytes.byteLength,
    new Bun.CryptoHasher('sha256').update(bytes).digest('hex'),
  ])
  await removeImage(engine, imageTag)
  expect(await findImage(engine, imageId)).toBeNull()
  await load(Bun.zstdDecompressSync(bytes))
  expect((await findImage(engine, imageTag))?.imageId).toBe(imageId)
})

test('a folder that cannot be is told of, and saving again replaces what was there', async () => {
  const folder = await mkdtemp(join(root, 'saved-'))
  await writeFile(join(folder, 'file'), '')
  expect(await publish({ kind: 'save', folder: join(folder, 'file/images') })).toMatchObject({
    kind: 'failed',
    message: expect.stringContaining('ENOTDIR'),
  })
  await publish({ kind: 'save', folder: join(folder, 'images') })
  const second = await publish({ kind: 'save', folder: join(folder, 'images') })
  // The engine writes the time into what it saves.
  const path = join(folder, 'images/acme__tool-7.tar.zst')
  const sha256 = new Bun.CryptoHasher('sha256').update(await Bun.file(path).bytes()).digest('hex')
  expect(second).toMatchObject({ kind: 'saved', path, sha256 })
  expect((await readdir(join(folder, 'images'))).length).toBe(2)
})

test('a disk that is full is told of, and no half of a file stays', async () => {
  const folder = await mkdtemp(join(root, 'full-'))
  const script = `mount -t tmpfs -o size=1m tmpfs ${folder} && exec "$0" "$@"`
  const saving = [process.execPath, join(import.meta.dir, 'save-to.ts'), folder, imageTag, engine.socketPath]
  const words = [...withOwnMounts.split(' '), 'sh', '-c', script, ...saving]
  const printed = await mustRun(words, { env: { PATH: process.env.PATH ?? '' } })
  expect(JSON.parse(printed)).toEqual({
    outcome: { kind: 'failed', message: expect.stringContaining('ENOSPC') },
    left: [],
  })
})

test('an image that is gone and an engine that is gone are told of', async () => {
  const image = { imageId: `sha256:${'0'.repeat(64)}`, imageTag: 'openswe/gone:1' }
  expect(await push(`${open.host}/acme/envs`, { image })).toEqual({
    kind: 'failed',
    message: 'openswe/gone:1 is not on this machine',
  })
  const nobody = Engine.connect({ socketPath: join(root, 'no.sock') })
  expect(await publish({ kind: 'save', folder: root }, {}, nobody)).toMatchObject({
    kind: 'failed',
    message: expect.stringContaining('Docker does not answer'),
  })
})

test('an aborted publication throws the reason', async () => {
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  await expect(push(`${open.host}/acme/envs`, { signal })).rejects.toBe(reason)
})

test('an image whose tag means another one by now is saved by its id', async () => {
  const other = `openswe/publish-test:${process.pid}-other`
  await tagImage(engine, await testImage(engine), other)
  const folder = await mkdtemp(join(root, 'saved-'))
  const outcome = await publish({ kind: 'save', folder }, { image: { imageId, imageTag: other } })
  await removeImage(engine, other)
  if (outcome.kind !== 'saved') throw new Error(JSON.stringify(outcome))
  const tar = Bun.zstdDecompressSync(await Bun.file(outcome.path).bytes())
  expect(Buffer.from(tar).includes(other)).toBe(false)
})
