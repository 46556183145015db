import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from '../../src/ssh/connect.ts'
import type { SshConnection } from '../../src/ssh/connection.ts'
import type { ByteChannel } from '../../src/util/byte-channel.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { TestSshd } from '../support/sshd.ts'

let sshd: TestSshd
let connection: SshConnection
beforeAll(async () => {
  sshd = await TestSshd.start()
  connection = await connected()
})
afterAll(async () => {
  await connection[Symbol.asyncDispose]()
  await sshd[Symbol.asyncDispose]()
})

const signal = AbortSignal.timeout(60_000)

async function connected(keepaliveMs = 5_000): Promise<SshConnection> {
  const end = await connect(sshd.target(), { signal, starts: new Semaphore(1), keepaliveMs })
  if (end.kind === 'failed') throw new Error(end.trouble.message)
  return end.connection
}

async function opened(command: string, over: SshConnection = connection): Promise<ByteChannel> {
  const end = await over.open(command, { signal })
  if (end.kind === 'failed') throw new Error(end.trouble.message)
  return end.channel
}

async function readAll(channel: ByteChannel): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of channel.readable) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The next bytes, until there are so many. */
async function readSome(chunks: AsyncIterator<Uint8Array>, count: number): Promise<string> {
  let text = ''
  while (text.length < count) {
    const { value, done } = await chunks.next()
    if (done) break
    text += Buffer.from(value).toString()
  }
  return text
}

test('a command that goes on answers each thing it is sent, until it is closed', async () => {
  const channel = await opened('cat')
  const chunks = channel.readable[Symbol.asyncIterator]()
  for (const word of ['one', 'two', 'three']) {
    await channel.write(Buffer.from(word))
    expect(await readSome(chunks, word.length)).toBe(word)
  }
  channel.close()
  channel.close()
  expect(await chunks.next()).toMatchObject({ done: true })
  expect(await channel.closed).toBe('it was closed here')
})

test('megabytes go both ways at once without a byte changed', async () => {
  const channel = await opened('cat')
  const bytes = crypto.getRandomValues(Buffer.alloc(65_536))
  const hasher = new Bun.CryptoHasher('sha256')
  const sent = (async () => {
    for (let count = 0; count < 128; count += 1) await channel.write(bytes)
  })()
  let received = 0
  for await (const chunk of channel.readable) {
    hasher.update(chunk)
    received += chunk.byteLength
    if (received === 128 * bytes.byteLength) break
  }
  await sent
  channel.close()
  const whole = new Bun.CryptoHasher('sha256').update(Buffer.concat(Array.from({ length: 128 }, () => bytes)))
  expect(hasher.digest('hex')).toBe(whole.digest('hex'))
})

test('who writes waits for a command that does not read, and goes on when it does', async () => {
  const gate = join(sshd.folder, 'gate')
  const channel = await opened(`mkfifo ${gate}; echo made; read -r go < ${gate}; wc -c`)
  const chunks = channel.readable[Symbol.asyncIterator]()
  expect(await readSome(chunks, 5)).toBe('made\n')
  let written = 0
  const megabyte = Buffer.alloc(2 ** 20)
  const writing = (async () => {
    for (; written < 64; written += 1) await channel.write(megabyte)
  })()
  // A command of the same connection has its turn while the other one is stuck.
  const options = { signal, timeoutMs: 20_000, outputLimitBytes: 100 }
  expect(await connection.exec('true', options)).toMatchObject({ kind: 'exited', exitCode: 0 })
  expect(written).toBeLessThan(8)
  await Bun.write(gate, 'go\n')
  await writing
  expect(written).toBe(64)
  channel.close()
})

test('a command that writes waits until it is read', async () => {
  const count = join(sshd.folder, 'count')
  const channel = await opened(`for i in $(seq 64); do head -c 1048576 /dev/zero; echo $i > ${count}; done`)
  const chunks = channel.readable[Symbol.asyncIterator]()
  await chunks.next()
  const options = { signal, timeoutMs: 20_000, outputLimitBytes: 100 }
  expect(await connection.exec('true', options)).toMatchObject({ kind: 'exited', exitCode: 0 })
  expect(Number(await readFile(count, 'utf8').catch(() => '0'))).toBeLessThan(16)
  let rest = 0
  for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) rest += chunk.byteLength
  expect(rest).toBeGreaterThan(60 * 2 ** 20)
  expect(await channel.closed).toBe('it ended with exit code 0')
})

test('how a command ended is told with what it complained of, and who writes to it is not kept waiting', async () => {
  const failing = await opened('echo last words; echo oh no >&2; exit 7')
  expect((await readAll(failing)).toString()).toBe('last words\n')
  expect(await failing.closed).toBe('it ended with exit code 7: oh no')
  for (let count = 0; count < 40; count += 1) await failing.write(Buffer.alloc(2 ** 18))
  const killed = await opened('kill -9 $$')
  await readAll(killed)
  expect(await killed.closed).toBe('a signal ended it (SIGKILL)')
})

test('what a command complains of is kept within a bound', async () => {
  const channel = await opened('yes complaint | head -c 1000000 >&2')
  await readAll(channel)
  expect((await channel.closed).length).toBeLessThan(10_000)
})

test('a connection that breaks ends the stream and whoever waits on it', async () => {
  await using broken = await connected()
  const channel = await opened('kill -9 $PPID; exec cat >/dev/null', broken)
  expect((await readAll(channel)).toString()).toBe('')
  expect(await channel.closed).toBe('the connection was lost')
  await channel.write(Buffer.alloc(2 ** 20))
  expect(await broken.open('cat', { signal })).toMatchObject({ kind: 'failed', trouble: { kind: 'lost' } })
})

test('a peer that falls silent is found out by pings while somebody writes to it', async () => {
  await using frozen = await connected(50)
  const pids = join(sshd.folder, 'home', 'pids')
  const channel = await opened(`echo $PPID $$ > ${pids}; kill -STOP $PPID; exec sleep 60`, frozen)
  await channel.write(Buffer.alloc(2 ** 24))
  expect(await channel.closed).toBe('the connection was lost')
  expect(await readAll(channel)).toHaveLength(0)
  for (const pid of (await readFile(pids, 'utf8')).trim().split(' ')) process.kill(Number(pid), 'SIGKILL')
})

test('an aborted opening rejects', async () => {
  const reason = AbortSignal.abort(new Error('enough'))
  await expect(connection.open('cat', { signal: reason })).rejects.toThrow('enough')
})
