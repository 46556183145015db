import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../../src/docker/engine.ts'
import { deriveImage, findImage, tagImage } from '../../src/docker/images.ts'
import { tarOf } from '../../src/docker/tar.ts'
import { builtOpenswe } from '../support/built-openswe.ts'
import { TestFleet } from '../support/fleet.ts'
import { testImage } from '../support/image.ts'
import { socketOf } from '../support/node-engine.ts'
import { type CliResult, openswe } from '../support/openswe.ts'

let fleet: TestFleet
let binary: string

const image = 'openswe-python-3.11'

beforeAll(async () => {
  binary = await builtOpenswe()
  fleet = await TestFleet.start({ nodes: 2, docker: true, images: [] })
}, 120_000)
afterAll(() => fleet[Symbol.asyncDispose](), 60_000)

const hosts = (action: string, ...words: readonly string[]): Promise<CliResult> =>
  openswe(['hosts', action, fleet.hostsFile, ...words], {
    env: { DOCKER_HOST: `unix://${socketOf(fleet.node(2).folder)}` },
  })
const images = (...words: readonly string[]) => hosts('images', '--binary', binary, '--python', '3.11', ...words)

const jsonLines = ({ stdout }: CliResult) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

test('hosts check and a node that cannot start name the command that brings base images', async () => {
  const checked = await hosts('check', '--only', 'node1')
  expect(checked.stdout).toMatch(/ {4}base images: none\n {6}→ openswe hosts images .*--from-here/)
  const [{ path }] = jsonLines(await hosts('push', '--binary', binary, '--only', 'node1', '--json'))
  const node = fleet.node(1)
  const attach = [path, 'node', 'attach', '--run', 'r', '--name', 'node1', '--work-folder', node.workFolder]
  const { exitCode, stderr } = await node.run(attach)
  expect(exitCode).toBe(5)
  expect(stderr).toMatch(/^openswe: E_NODE_START: .*base images: none — openswe hosts images/)
})

test('hosts that lack a base image build it, and each says why it cannot', async () => {
  const bundle = join(fleet.folder, 'authorities.pem')
  await writeFile(bundle, 'no certificate\n')
  const { exitCode, stdout, stderr } = await images('--only', 'node1,node2', '--ca-bundle', bundle)
  expect(exitCode).toBe(5)
  expect(stdout).toMatch(/^host +state +took +base images\nnode1 +failed +\S+ +3\.11 failed\n/)
  // The file was sent there, and is not kept.
  const problem = / {4}openswe-python-3\.11: (\/tmp\/\S+) holds no certificate: .*\n {6}→ .*--from-here\n/g
  const [first, second] = [...stdout.matchAll(problem)]
  expect(second).toBeDefined()
  expect((await fleet.node(1).run(['test', '-e', first?.[1] ?? ''])).exitCode).toBe(1)
  expect(stderr).toBe('2 hosts: 0 ready, 2 failed; 0 images built, 0 sent (0 B)\n')
})

test('--from-here sends the base images of this machine to the hosts that lack them, and none twice', async () => {
  // The engine of the second is taken for this machine's: its image is small.
  const { imageId } = await tagged(fleet.node(2).engine)
  const sent = await images('--from-here', '--json')
  expect(sent.exitCode).toBe(0)
  expect(sent.stderr).toMatch(/^node1: sending openswe-python-3\.11, [\d.]+ MiB\n$/)
  const [first, second] = jsonLines(sent)
  expect(first).toMatchObject({ state: 'ready', images: [{ image, state: 'sent', trouble: null }], trouble: null })
  expect(first.images[0].sent_bytes).toBeGreaterThan(100_000)
  expect(second).toMatchObject({ state: 'ready', images: [{ image, state: 'present', sent_bytes: 0 }] })
  expect((await findImage(fleet.node(1).engine, image))?.imageId).toBe(imageId)
  const again = await images('--from-here', '--update')
  expect(again.stdout).toMatch(/\nnode1 +ready +\S+ +3\.11 present\nnode2 +ready +\S+ +3\.11 present\n$/)
  expect(again).toMatchObject({ exitCode: 0, stderr: '2 hosts: 2 ready, 0 failed; 0 images built, 0 sent (0 B)\n' })
})

test('a host whose Docker does not answer stops no other', async () => {
  const file = join(fleet.folder, 'bare.toml')
  const text = await readFile(fleet.hostsFile, 'utf8')
  await writeFile(file, text.replace('name = "node1"', 'name = "node1"\ndocker_socket = "/no/docker.sock"'))
  const came = await openswe(['hosts', 'images', file, '--binary', binary, '--python', '3.11', '--json'])
  expect(came.exitCode).toBe(5)
  const [first, second] = jsonLines(came)
  expect(first).toMatchObject({ state: 'failed', images: [], trouble: { kind: 'no-answer' } })
  expect(first.trouble.message).toContain('Docker does not answer at /no/docker.sock')
  expect(second).toMatchObject({ state: 'ready', images: [{ image, state: 'present' }] })
})

test('an image that was made of something else since is sent with --update, and the host’s older one goes', async () => {
  const { engine } = fleet.node(1)
  const older = await findImage(engine, image)
  const newer = await tagged(fleet.node(2).engine, { 'openswe.template': 'newer' })
  const without = await images('--from-here', '--only', 'node1')
  expect(without.stdout).toContain('3.11 present')
  const updated = await images('--from-here', '--update', '--only', 'node1')
  expect(updated.stdout).toContain('3.11 sent')
  expect((await findImage(engine, image))?.imageId).toBe(newer.imageId)
  expect(await findImage(engine, older?.imageId ?? '')).toBeNull()
})

/** A small image under the name of a base image. */
async function tagged(engine: Engine, labels: Readonly<Record<string, string>> = {}): Promise<{ imageId: string }> {
  const small = await findImage(engine, await testImage(engine))
  const signal = AbortSignal.timeout(20_000)
  const made = await deriveImage(engine, {
    imageId: small?.imageId ?? '',
    tar: await tarOf([]),
    deleted: [],
    labels: { 'openswe.kind': 'base', ...labels },
    signal,
  })
  await tagImage(engine, made.imageId, image)
  return made
}

test('what cannot be asked for is refused before any host is reached', async () => {
  const wrong = await images('--from-here', '--flavour', 'uv')
  expect(wrong).toMatchObject({ exitCode: 2, stdout: '' })
  expect(wrong.stderr).toContain('--flavour is for building, and --from-here builds nothing — leave one out')
  const absent = await hosts('images', '--binary', binary, '--from-here', '--python', '2.7')
  expect(absent.stderr).toBe('openswe: no base image for Python 2.7 is here — openswe images build\n')
  const bundle = await images('--ca-bundle', '/no/such.pem')
  expect(bundle.stderr).toContain('--ca-bundle: ')
  expect(bundle.exitCode).toBe(2)
})
