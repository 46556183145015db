import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EchoBridge } from '../../support/echo-bridge.ts'
import { nodeServersOf } from '../../support/node-servers.ts'

const program = join(import.meta.dir, 'echo-node-command.ts')
let root = ''

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'openswe-node-command-')))
})
afterAll(() => rm(root, { recursive: true }))

const argvOf = (name: string, ...more: readonly string[]) => [
  ...['sh', '-c', 'cd "$0" && exec "$@"', root, process.execPath, program, 'node', 'attach'],
  ...['--run', 'run-1', '--name', name, '--work-folder', 'work', ...more],
]

test('attach starts this program as a node, with the same place wherever it is run from', async () => {
  await using _servers = nodeServersOf(join(root, 'work'))
  await using bridge = new EchoBridge(argvOf('a', '--docker-socket', 'docker.sock', '--build', 'abc'))
  const work = join(root, 'work')
  expect(await bridge.ask('hello')).toMatchObject({
    value: 'hello',
    place: {
      run: 'run-1',
      name: 'a',
      workFolder: work,
      folder: join(work, 'runs/run-1/a'),
      dockerSocket: join(root, 'docker.sock'),
    },
  })
  await using other = new EchoBridge(argvOf('a', '--docker-socket', 'docker.sock', '--build', 'abd'))
  expect(await other.child.exited).toBe(5)
  expect(await other.stderr).toMatch(
    /^openswe: E_PROTO: process \d+ in .*\/runs\/run-1\/a is another openswe \(.*\babc;/,
  )
  bridge.channel.send('stop', 'bulk')
  expect(await bridge.next()).toBeUndefined()
  expect(await bridge.child.exited).toBe(3)
})

test('machines that share a folder are nodes each of their own', async () => {
  await using _servers = nodeServersOf(join(root, 'work'))
  await using first = new EchoBridge(argvOf('b'))
  await using second = new EchoBridge(argvOf('c'))
  const [{ pid }, echo] = await Promise.all([first.ask(1), second.ask(2)])
  expect(echo.pid).not.toBe(pid)
  for (const bridge of [first, second]) {
    bridge.channel.send('stop', 'bulk')
    expect(await bridge.next()).toBeUndefined()
  }
})

test('a machine that came in the place of another does not wait for its process', async () => {
  await using _servers = nodeServersOf(join(root, 'work'))
  await using first = new EchoBridge(argvOf('d', '--machine', 'host1'))
  await using second = new EchoBridge(argvOf('d', '--machine', 'host2'))
  const [one, other] = await Promise.all([first.ask(1), second.ask(2)])
  expect(one).toMatchObject({ place: { name: 'd', folder: join(root, 'work/runs/run-1/d/host1') } })
  expect(other).toMatchObject({ place: { name: 'd', folder: join(root, 'work/runs/run-1/d/host2') } })
  for (const bridge of [first, second]) {
    bridge.channel.send('stop', 'bulk')
    expect(await bridge.next()).toBeUndefined()
  }
})

test('a name that is no name of a folder is refused', async () => {
  await using bridge = new EchoBridge(argvOf('../b'))
  expect(await bridge.stderr).toContain('--name: letters, digits, dots, - and _ are wanted')
})
