import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connect } from '../../src/ssh/connect.ts'
import type { SshConnection } from '../../src/ssh/connection.ts'
import { Parcel } from '../../src/ssh/parcel.ts'
import { type PushEnd, type PushRequest, push } from '../../src/ssh/push.ts'
import { runProcess } from '../../src/util/process.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { TestSshd, withOwnMounts } from '../support/sshd.ts'

/** Hosts that differ in what they unpack by, so that none depends on what this machine has. */
let hosts: readonly TestSshd[]
let connections: readonly SshConnection[]
let folder: string
/** A program with much behind it. */
let program: string
let parcel: Parcel

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openswe-push-'))
  program = join(folder, 'program')
  const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('hex')
  await writeFile(program, `#!/bin/sh\necho it runs\nexit 0\n${noise.repeat(20)}`)
  parcel = await Parcel.ofFile(program)
  await writeTools()
  const only = (tools: string) =>
    TestSshd.start({ config: [`ForceCommand PATH=${folder}/${tools} sh -c "$SSH_ORIGINAL_COMMAND"`] })
  hosts = await Promise.all(['zstd', 'gzip', 'damaging', 'stuck'].map(only))
  connections = await Promise.all(hosts.map(opened))
})
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()))
  await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()))
  await rm(folder, { recursive: true })
})

/** Folders of programs: each with what every system has, and its own way to unpack. */
async function writeTools(): Promise<void> {
  const usual = [
    'sh',
    'wc',
    'dirname',
    'df',
    'tail',
    'mkdir',
    'find',
    'rm',
    'sha256sum',
    'chmod',
    'sync',
    'mv',
    'cat',
    'mount',
    'uname',
    'grep',
    'head',
    'tr',
    'ls',
  ]
  const zstd = `exec ${process.execPath} -e 'process.stdout.write(Bun.zstdDecompressSync(await Bun.stdin.bytes()))'`
  const unpackers = {
    zstd: ['zstd', zstd],
    gzip: ['gzip', `exec ${Bun.which('gzip')} "$@"`],
    stuck: ['gzip', ''],
    damaging: ['gzip', `${Bun.which('gzip')} "$@" | ${Bun.which('head')} -c 1000`],
  } as const
  for (const [name, [unpacker, line]] of Object.entries(unpackers)) {
    await mkdir(join(folder, name))
    const tool = (file: string, text: string) =>
      writeFile(join(folder, name, file), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    await Promise.all(usual.map((file) => tool(file, `exec ${Bun.which(file)} "$@"`)))
    await tool(unpacker, line)
  }
}

async function opened(host: TestSshd): Promise<SshConnection> {
  const end = await connect(host.target(), { signal: AbortSignal.timeout(60_000), starts: new Semaphore(4) })
  if (end.kind === 'failed') throw new Error(end.trouble.message)
  return end.connection
}

const request = (changes: Partial<PushRequest> = {}): PushRequest => ({
  workFolder: '~/work folder',
  name: 'openswe',
  wanted: [parcel.content.sha256],
  choose: () => ({ kind: 'chosen', parcel }),
  streams: new Semaphore(4),
  timeoutMs: 60_000,
  signal: AbortSignal.timeout(60_000),
  ...changes,
})

const pushed = (index: number, changes: Partial<PushRequest> = {}): Promise<PushEnd> => {
  const connection = connections[index]
  if (connection === undefined) throw new Error('no such host')
  return push(connection, request(changes))
}

const pathOn = (index: number) =>
  join(hosts[index]?.folder ?? '', 'home/work folder/bin', parcel.content.sha256, 'openswe')

test('a file gets to all hosts at once, packed, and runs there; the second time nothing is sent', async () => {
  const ends = await Promise.all([pushed(0), pushed(1)])
  const packed = await Promise.all([parcel.packed('zstd', 'whole'), parcel.packed('gzip', 'whole')])
  const sentBytes = packed.map(({ byteLength }) => byteLength)
  expect(ends).toEqual([
    { kind: 'pushed', path: pathOn(0), sentBytes: packed[0].byteLength },
    { kind: 'pushed', path: pathOn(1), sentBytes: packed[1].byteLength },
  ])
  for (const index of [0, 1]) {
    expect(sentBytes[index]).toBeLessThan(parcel.content.sizeBytes)
    expect(Buffer.compare(await readFile(pathOn(index)), await readFile(program))).toBe(0)
    expect(await readdir(dirname(pathOn(index)))).toEqual(['openswe'])
    const exec = { signal: AbortSignal.timeout(20_000), timeoutMs: 20_000, outputLimitBytes: 1000 }
    const ran = await connections[index]?.exec(`'${pathOn(index)}'`, exec)
    expect(ran).toMatchObject({ kind: 'exited', exitCode: 0, stdout: new TextEncoder().encode('it runs\n') })
  }
  expect(await Promise.all([pushed(0), pushed(1)])).toEqual([
    { kind: 'present', path: pathOn(0) },
    { kind: 'present', path: pathOn(1) },
  ])
})

test('it is packed once for all hosts', async () => {
  expect(await parcel.packed('gzip', 'whole')).toBe(await parcel.packed('gzip', 'whole'))
})

test('a copy of another size is replaced, and what a killed push left is removed', async () => {
  await pushed(1)
  await writeFile(pathOn(1), 'half')
  const left = join(dirname(pathOn(1)), '.pushed-openswe-1')
  await writeFile(left, 'half')
  const hoursAgo = new Date(Date.now() - 7_200_000)
  await utimes(left, hoursAgo, hoursAgo)
  expect(await pushed(1)).toMatchObject({ kind: 'pushed' })
  expect(Buffer.compare(await readFile(pathOn(1)), await readFile(program))).toBe(0)
  expect(await readdir(dirname(pathOn(1)))).toEqual(['openswe'])
})

test('what arrives damaged never gets its name, and does not stop the others', async () => {
  const [damaged, fine] = await Promise.all([pushed(2), pushed(0, { workFolder: '~/other' })])
  expect(damaged).toMatchObject({ kind: 'failed', trouble: { kind: 'damaged' } })
  expect(await readdir(dirname(pathOn(2)))).toEqual([])
  expect(fine).toMatchObject({ kind: 'pushed' })
})

/** Versions of one program: they differ at both ends, and share what is between. Words of one length keep its place. */
function version(word: string, { refuses = false } = {}): Parcel {
  const text = `#!/bin/sh\n# ${word}\n${refuses ? 'echo too old >&2; exit 3' : 'exit 0'}\n`
  const [head, middle, tail] = [Buffer.from(text), Buffer.from(sharedNoise), Buffer.from(`${word} and more`)]
  const whole = Buffer.concat([head, middle, tail])
  const shared = { sha256: sha256Of(middle), atByte: head.length, sizeBytes: middle.length }
  const read = (from: number, to: number) => new Blob([whole.subarray(from, to)]).stream()
  return new Parcel({ sha256: sha256Of(whole), sizeBytes: whole.length, shared, read })
}

const sharedNoise = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('hex')
const sha256Of = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
const choosing =
  (chosen: Parcel): PushRequest['choose'] =>
  () => ({ kind: 'chosen', parcel: chosen })

test('of a new version only what no older one there has is sent, and the result is the same', async () => {
  const workFolder = '~/versions'
  for (const index of [0, 1]) {
    const whole = await pushed(index, { workFolder, choose: choosing(version('one')) })
    expect(whole.kind === 'pushed' && whole.sentBytes).toBeGreaterThan(50_000)
    const joined = await pushed(index, { workFolder, choose: choosing(version('two')) })
    expect(joined.kind === 'pushed' && joined.sentBytes).toBeLessThan(200)
    if (joined.kind !== 'pushed') throw new Error('not pushed')
    expect(sha256Of(await readFile(joined.path))).toBe(version('two').content.sha256)
    expect((await readdir(dirname(joined.path))).toSorted()).toEqual(['openswe', 'shared'])
  }
})

test('where the older version is rotten, the new one is sent whole', async () => {
  const workFolder = '~/rotten'
  const old = await pushed(0, { workFolder, choose: choosing(version('old')) })
  if (old.kind !== 'pushed') throw new Error('not pushed')
  const bytes = await readFile(old.path)
  await writeFile(old.path, bytes.fill(0, 1000, 2000))
  const end = await pushed(0, { workFolder, choose: choosing(version('new')) })
  expect(end.kind === 'pushed' && end.sentBytes).toBeGreaterThan(50_000)
})

test('of versions that nothing runs the newest three are kept, and those that run', async () => {
  const workFolder = '~/many'
  const running = join(hosts[0]?.folder ?? '', 'home/many/bin/running/openswe')
  await mkdir(dirname(running), { recursive: true })
  await Bun.write(running, Bun.file(Bun.which('sleep') ?? ''))
  await chmod(running, 0o755)
  await using _child = await started(running)
  const paths: string[] = []
  for (const word of ['1', '2', '3', '4', '5']) {
    const end = await pushed(0, { workFolder, choose: choosing(version(word)) })
    if (end.kind !== 'pushed') throw new Error('not pushed')
    paths.push(end.path)
    // Their age is told by the clock of the file system, which may not tick between two.
    await utimes(dirname(end.path), Number(word) * 1000, Number(word) * 1000)
  }
  await utimes(dirname(running), 1, 1)
  await pushed(0, { workFolder, choose: choosing(version('6')) })
  const there = await Promise.all([running, ...paths].map((path) => Bun.file(path).exists()))
  expect(there).toEqual([true, false, false, false, true, true])
})

/** A process that runs until it is disposed of. */
async function started(path: string): Promise<AsyncDisposable> {
  const child = Bun.spawn([path, '60'])
  const dispose = async () => {
    child.kill()
    await child.exited
  }
  return { [Symbol.asyncDispose]: dispose }
}

test('what does not run there never gets its name, and is told with what it said', async () => {
  const refusing = version('old libc', { refuses: true })
  const end = await pushed(1, { choose: choosing(refusing) })
  expect(end).toMatchObject({
    kind: 'failed',
    trouble: { kind: 'does-not-run', message: expect.stringContaining('exit code 3 too old') },
  })
  expect(await readdir(join(hosts[1]?.folder ?? '', 'home/work folder/bin', refusing.content.sha256))).toEqual([])
})

test('what no program is made for is told by whoever chooses, who hears what the host is', async () => {
  let heard = ''
  const choose: PushRequest['choose'] = ({ system }) => {
    heard = system
    return { kind: 'none', found: 'no binary for it', fix: 'build one' }
  }
  expect(await pushed(1, { choose })).toMatchObject({
    kind: 'failed',
    trouble: { kind: 'no-binary', message: expect.stringContaining('no binary for it'), fix: 'build one' },
  })
  expect(heard).toBe(`Linux ${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`)
})

test('a work folder from which no program runs is told before anything is sent', async () => {
  const barred = join(folder, 'barred')
  const config = [
    `ForceCommand mkdir -p ${barred}; exec ${withOwnMounts} sh -c 'mount -t tmpfs -o noexec,size=64m tmpfs ${barred}; sh -c "$SSH_ORIGINAL_COMMAND"'`,
  ]
  await using host = await TestSshd.start({ config })
  await using connection = await opened(host)
  expect(await push(connection, request({ workFolder: `${barred}/work` }))).toMatchObject({
    kind: 'failed',
    trouble: { kind: 'no-exec', fix: expect.stringContaining('noexec') },
  })
})

test('a work folder that cannot be written is told with what the host says', async () => {
  const { identity = '' } = hosts[1] ?? {}
  expect(await pushed(1, { workFolder: `${identity}/work` })).toMatchObject({
    kind: 'failed',
    trouble: { kind: 'not-kept', message: expect.stringContaining('Not a directory') },
  })
})

test('nothing is sent to a host without room for it', async () => {
  const small = join(folder, 'small')
  const config = [
    `ForceCommand mkdir -p ${small}; exec ${withOwnMounts} sh -c 'mount -t tmpfs -o size=1m tmpfs ${small}; sh -c "$SSH_ORIGINAL_COMMAND"'`,
  ]
  await using host = await TestSshd.start({ config })
  await using connection = await opened(host)
  expect(await push(connection, request({ workFolder: `${small}/work` }))).toMatchObject({
    kind: 'failed',
    trouble: { kind: 'no-room', message: expect.stringContaining('1.0 MiB free, and 2.5 MiB are needed') },
  })
})

test('a push that is broken off on its way leaves no file of its name, and can be made again', async () => {
  const begun = join(folder, 'begun')
  await runProcess(['mkfifo', begun])
  const stuck = join(folder, 'stuck', 'gzip')
  await writeFile(
    stuck,
    `#!/bin/sh\n${Bun.which('head')} -c 1000 >/dev/null\necho begun >${begun}\nexec cat >/dev/null\n`,
  )
  const stop = new AbortController()
  const broken = pushed(3, { signal: stop.signal })
  expect(await readFile(begun, 'utf8')).toBe('begun\n')
  stop.abort(new Error('enough'))
  await expect(broken).rejects.toThrow('enough')
  expect(await Bun.file(pathOn(3)).exists()).toBe(false)
  await writeFile(stuck, `#!/bin/sh\nexec ${Bun.which('gzip')} "$@"\n`)
  expect(await pushed(3)).toMatchObject({ kind: 'pushed' })
  expect(Buffer.compare(await readFile(pathOn(3)), await readFile(program))).toBe(0)
})

test('no more files are on their way than may be, and an aborted push rejects', async () => {
  let inside = 0
  let most = 0
  class Counting extends Semaphore {
    override async with<T>(work: () => Promise<T>): Promise<T> {
      return await super.with(async () => {
        inside += 1
        most = Math.max(most, inside)
        try {
          return await work()
        } finally {
          inside -= 1
        }
      })
    }
  }
  const streams = new Counting(1)
  const ends = await Promise.all([0, 1].map((index) => pushed(index, { workFolder: '~/counted', streams })))
  expect(ends.map(({ kind }) => kind)).toEqual(['pushed', 'pushed'])
  expect(most).toBe(1)
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(pushed(0, { signal })).rejects.toThrow('enough')
})
