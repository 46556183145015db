import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDoor } from '../../src/node/node-door.ts'
import { EchoBridge } from '../support/echo-bridge.ts'
import { nodeServersOf } from '../support/node-servers.ts'
import { TestSshd } from '../support/sshd.ts'

const program = join(import.meta.dir, 'echo-node.ts')
let root = ''
let count = 0
const newFolder = () => join(root, `node${count++}`)

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'openswe-node-'))
})
afterAll(() => rm(root, { recursive: true }))

const attachArgv = (folder: string, build = 'one') => [process.execPath, program, 'attach', folder, build]

describe('a node process', () => {
  test('is started by the first bridge and found by the next, also by two at once', async () => {
    const folder = newFolder()
    await using servers = nodeServersOf(folder)
    await using first = new EchoBridge(attachArgv(folder))
    await using second = new EchoBridge(attachArgv(folder))
    const [{ pid }, echo] = await Promise.all([first.ask('a'), second.ask('b')])
    expect(echo).toMatchObject({ pid, value: 'b' })
    await using third = new EchoBridge(attachArgv(folder))
    expect(await third.ask({ c: 1 })).toMatchObject({ pid, value: { c: 1 } })
    expect(await servers.pids()).toEqual([pid])
  })

  test('outlives its bridge, killed or hung up, and the session of that', async () => {
    const folder = newFolder()
    await using _servers = nodeServersOf(folder)
    await using first = new EchoBridge(attachArgv(folder))
    const { pid } = await first.ask('a')
    first.child.kill('SIGHUP')
    expect(await first.channel.closed).toBeString()
    await using second = new EchoBridge(attachArgv(folder))
    expect(await second.ask('b')).toMatchObject({ pid })
    second.child.kill('SIGKILL')
    process.kill(pid, 'SIGHUP')
    await using third = new EchoBridge(attachArgv(folder))
    expect(await third.ask('c')).toMatchObject({ pid })
    expect((await statOf(pid)).session).toBe(pid)
  })

  test('has nothing open that its bridge had, is spared where memory is short, and keeps its folder to itself', async () => {
    const folder = newFolder()
    await using _servers = nodeServersOf(folder)
    await using bridge = new EchoBridge(attachArgv(folder))
    const { pid } = await bridge.ask('a')
    const fds = await Promise.all([0, 1, 2].map((fd) => readlink(`/proc/${pid}/fd/${fd}`)))
    expect(fds).toEqual(['/dev/null', join(folder, 'log'), join(folder, 'log')])
    const open = await readdir(`/proc/${pid}/fd`)
    const links = await Promise.all(open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
    expect(links.filter((link) => link.startsWith('pipe:'))).toEqual([])
    expect(await readlink(`/proc/${pid}/cwd`)).toBe('/')
    expect(Number(await readFile(`/proc/${pid}/coredump_filter`, 'utf8'))).toBe(0)
    // What whoever may not ask for this has, too.
    const asked = await Bun.$`sh -c 'echo -900 > /proc/self/oom_score_adj; cat /proc/self/oom_score_adj'`.quiet()
    expect(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe(asked.stdout.toString())
    for (const name of ['', 'log', 'socket']) expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
  })

  test('that was killed is followed by another, whatever it left', async () => {
    const folder = newFolder()
    await using _servers = nodeServersOf(folder)
    await using first = new EchoBridge(attachArgv(folder))
    const { pid } = await first.ask('a')
    process.kill(pid, 'SIGKILL')
    expect(await first.child.exited).toBe(3)
    expect(await readdir(folder)).toContain('socket')
    await using second = new EchoBridge(attachArgv(folder))
    expect((await second.ask('b')).pid).not.toBe(pid)
  })

  test('ends when its shell does, and leaves no socket', async () => {
    const folder = newFolder()
    await using servers = nodeServersOf(folder)
    await using bridge = new EchoBridge(attachArgv(folder))
    await bridge.ask('a')
    bridge.channel.send('stop', 'bulk')
    expect(await bridge.next()).toBeUndefined()
    expect(await bridge.child.exited).toBe(3)
    while ((await servers.pids()).length > 0) await Bun.sleep(5)
    expect((await readdir(folder)).filter((name) => !name.startsWith('lock'))).toEqual(['log'])
    await using second = new EchoBridge(attachArgv(folder))
    await second.ask('b')
  })

  test('may be in a folder whose path is longer than a socket may have', async () => {
    const folder = join(newFolder(), 'a'.repeat(120))
    await using _servers = nodeServersOf(folder)
    await using bridge = new EchoBridge(attachArgv(folder))
    expect(await bridge.ask('a')).toMatchObject({ value: 'a' })
  })

  test('of another program is not joined, and is named', async () => {
    const folder = newFolder()
    await using _servers = nodeServersOf(folder)
    await using first = new EchoBridge(attachArgv(folder, 'one'))
    const { pid } = await first.ask('a')
    await using second = new EchoBridge(attachArgv(folder, 'two'))
    expect(await second.child.exited).toBe(5)
    expect(await second.stderr).toBe(
      `E_PROTO: process ${pid} in ${folder} is another openswe (protocol 4, one; this one: protocol 4, two) — ` +
        `let that openswe finish or stop the run, or \`kill ${pid}\` there\n`,
    )
    expect(await first.ask('b')).toMatchObject({ pid })
  })

  test('that cannot start is told of with what it said', async () => {
    const folder = newFolder()
    await using bridge = new EchoBridge(attachArgv(folder, 'broken'))
    expect(await bridge.child.exited).toBe(5)
    expect(await bridge.stderr).toMatch(/^E_NODE_START: the node's process ended with exit code 1; .*no engine here/)
  })
})

test('a node process that is started beside another leaves it its folder', async () => {
  const folder = newFolder()
  await using _servers = nodeServersOf(folder)
  await using bridge = new EchoBridge(attachArgv(folder))
  const { pid } = await bridge.ask('a')
  const second = Bun.spawn([process.execPath, program, 'serve', folder, 'one'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  expect(await second.exited).toBe(75)
  expect(await bridge.ask('b')).toMatchObject({ pid })
})

test('a node process that something else starts is waited for, and never started', async () => {
  const folder = newFolder()
  await mkdir(folder)
  await using _servers = nodeServersOf(folder)
  const waiting = (startMs: string) => [process.execPath, program, 'wait', folder, 'one', startMs]
  await using tooSoon = new EchoBridge(waiting('100'))
  expect(await tooSoon.stderr).toStartWith("E_NODE_START: the node's process does not listen after 0.1 s")
  await using bridge = new EchoBridge(waiting('10000'))
  const { pid } = Bun.spawn([process.execPath, program, 'serve', folder, 'one'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  expect(await bridge.ask('a')).toMatchObject({ pid })
  process.kill(pid, 'SIGTERM')
  expect(await bridge.child.exited).toBe(3)
})

test('a node process that hangs is told of, and joined once it goes on', async () => {
  const folder = newFolder()
  await using _servers = nodeServersOf(folder)
  await using first = new EchoBridge(attachArgv(folder))
  const { pid } = await first.ask('a')
  process.kill(pid, 'SIGSTOP')
  await using second = new EchoBridge([...attachArgv(folder), '200'])
  expect(await second.stderr).toStartWith(`E_NODE_SILENT: the process that listens in ${folder} does not answer`)
  process.kill(pid, 'SIGCONT')
  await using third = new EchoBridge(attachArgv(folder))
  expect(await third.ask('c')).toMatchObject({ pid })
})

test('a bridge takes no more of either side than the other reads', async () => {
  const folder = newFolder()
  await mkdir(folder)
  const flood = Buffer.alloc(64 * 1024 * 1024, 'x')
  const joined = Promise.withResolvers<Socket>()
  await using _door = await openDoor(folder, { protocol: 4, build: 'one' }, joined.resolve)
  const child = Bun.spawn(attachArgv(folder), { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit', lazy: true })
  const socket = await joined.promise
  const output = child.stdout.getReader()
  // What the node says waits while it is spoken to, and the other way round.
  socket.write(flood)
  child.stdin.write(flood)
  for await (const bytes of byteCounts(socket)) if (bytes === flood.length) break
  // Nobody takes it before the bridge is killed.
  const unread = Promise.resolve(child.stdin.write(flood)).catch(() => {})
  for (let bytes = 0; bytes < flood.length; ) bytes += (await output.read()).value?.length ?? Number.NaN
  const mostKb = /VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1]
  expect(Number(mostKb)).toBeLessThan(100_000)
  child.kill()
  await child.exited
  await unread
})

/** How many bytes came so far, with each that come; the socket stays open behind it. */
async function* byteCounts(socket: Socket): AsyncGenerator<number> {
  let bytes = 0
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    yield bytes
  }
}

test('something else that listens in its place is told of', async () => {
  const folder = newFolder()
  await mkdir(folder)
  const server = createServer((socket) => socket.end('SSH-2.0-what\n'))
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve))
  await using bridge = new EchoBridge(attachArgv(folder))
  expect(await bridge.stderr).toStartWith(`E_NODE_SILENT: the process that listens in ${folder} does not answer`)
  server.close()
})

test('who joins without having asked who is there is not let in', async () => {
  const folder = newFolder()
  await using _servers = nodeServersOf(folder)
  await using bridge = new EchoBridge(attachArgv(folder))
  await bridge.ask('a')
  const socket = connect(join(folder, 'socket'))
  socket.write('GET / HTTP/1.1\n\n')
  expect(await new Response(socket).text()).toMatch(/^\{"openswe":"node","protocol":4,"build":"one","pid":\d+\}\n$/)
})

test('a log that grew too long is put aside when the process starts', async () => {
  const folder = newFolder()
  await using _servers = nodeServersOf(folder)
  await mkdir(folder)
  await writeFile(join(folder, 'log'), Buffer.alloc(8 * 1024 * 1024 + 1, 'x'))
  await using bridge = new EchoBridge(attachArgv(folder))
  await bridge.ask('a')
  expect((await stat(join(folder, 'log'))).size).toBeLessThan(1000)
  expect(await readdir(folder)).toContain('log.1')
})

test('over SSH a node process outlives a connection that is cut, and is found by the next', async () => {
  const folder = newFolder()
  await using servers = nodeServersOf(folder)
  await using sshd = await TestSshd.start()
  const { identity, port, knownHosts } = sshd
  const options = ['-F', '/dev/null', '-i', identity, '-p', String(port), '-o', `UserKnownHostsFile=${knownHosts}`]
  const ssh = ['ssh', '-T', '-o', 'BatchMode=yes', ...options, '127.0.0.1', ...attachArgv(folder)]
  await using first = new EchoBridge(ssh)
  const { pid } = await first.ask('a')
  first.child.kill('SIGKILL')
  await using second = new EchoBridge(ssh)
  expect(await second.ask('b')).toMatchObject({ pid })
  second.channel.close()
  expect(await second.child.exited).toBe(0)
  expect(await servers.pids()).toEqual([pid])
})

async function statOf(pid: number): Promise<{ readonly session: number }> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
  return { session: Number(fields[3]) }
}
