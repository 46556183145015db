import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from '../../src/ssh/connect.ts'
import type { ExecEnd, ExecOptions, SshConnection } from '../../src/ssh/connection.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { TestSshd } from '../support/sshd.ts'

let sshd: TestSshd
let connection: SshConnection
beforeAll(async () => {
  sshd = await TestSshd.start()
  connection = await opened()
})
afterAll(async () => {
  await connection[Symbol.asyncDispose]()
  await sshd[Symbol.asyncDispose]()
})

async function opened(keepaliveMs?: number): Promise<SshConnection> {
  const options = { signal: AbortSignal.timeout(60_000), starts: new Semaphore(1) }
  const end = await connect(sshd.target(), { ...options, ...(keepaliveMs === undefined ? {} : { keepaliveMs }) })
  if (end.kind === 'failed') throw new Error(end.trouble.message)
  return end.connection
}

const options = (changes: Partial<ExecOptions> = {}): ExecOptions => ({
  signal: AbortSignal.timeout(60_000),
  timeoutMs: 60_000,
  outputLimitBytes: 100_000,
  ...changes,
})

function stdoutOf(end: ExecEnd): string {
  if (end.kind === 'failed') throw new Error(end.trouble.message)
  return new TextDecoder().decode(end.stdout)
}

test('a command gets its input and gives output, errors and exit code, each whole', async () => {
  const end = await connection.exec('cat; echo oh no >&2; exit 7', options({ stdin: 'grüße\n' }))
  expect(end).toMatchObject({ kind: 'exited', exitCode: 7, stderr: 'oh no\n' })
  expect(stdoutOf(end)).toBe('grüße\n')
  expect(stdoutOf(await connection.exec('cat', options()))).toBe('')
})

test('megabytes go there and come back without a byte changed, and what is kept of them is bounded', async () => {
  const bytes = new Uint8Array(8 * 2 ** 20)
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  const there = await connection.exec('sha256sum', options({ stdin: bytes }))
  expect(stdoutOf(there)).toStartWith(new Bun.CryptoHasher('sha256').update(bytes).digest('hex'))
  const back = await connection.exec('cat', options({ stdin: bytes, outputLimitBytes: 2 * bytes.length }))
  expect(back.kind === 'exited' && Buffer.compare(back.stdout, bytes)).toBe(0)
  const bounded = await connection.exec('cat; cat /dev/zero | head -c 1000000 >&2', options({ stdin: bytes }))
  expect(bounded.kind === 'exited' && bounded.stdout.length).toBeLessThan(110_000)
  expect(bounded.kind === 'exited' && bounded.stderr.length).toBeLessThan(110_000)
})

test('more commands than a server allows side by side take turns', async () => {
  const ends = await Promise.all(Array.from({ length: 30 }, (_, index) => connection.exec(`echo ${index}`, options())))
  expect(ends.map(stdoutOf)).toEqual(Array.from({ length: 30 }, (_, index) => `${index}\n`))
})

test('a command that is killed by a signal has no exit code, and one that takes too long is left', async () => {
  expect(await connection.exec('kill -9 $$', options())).toMatchObject({ kind: 'exited', exitCode: null })
  const late = await connection.exec('echo begun; exec sleep 5', options({ timeoutMs: 300 }))
  expect(late).toMatchObject({ kind: 'timed-out' })
  expect(stdoutOf(late)).toBe('begun\n')
  expect(stdoutOf(await connection.exec('echo on', options()))).toBe('on\n')
})

test('an aborted command rejects with the reason, before its start and after', async () => {
  const stop = new AbortController()
  const running = connection.exec('sleep 5', options({ signal: stop.signal }))
  stop.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
  await expect(connection.exec('true', options({ signal: stop.signal }))).rejects.toThrow('enough')
})

test('a connection that breaks under a command is told as lost, and so is every later command', async () => {
  await using broken = await opened()
  const lost = { kind: 'failed', trouble: { kind: 'lost' } }
  expect(await broken.exec('kill -9 $PPID; sleep 1', options())).toMatchObject(lost)
  expect(await broken.exec('true', options())).toMatchObject(lost)
})

test('a peer that stays silent is found out by pings, while a command takes its time and while one is asked for', async () => {
  await using frozen = await opened(50)
  const pids = join(sshd.folder, 'home', 'pids')
  const first = frozen.exec(`kill -STOP $PPID; echo $PPID $$ > ${pids}; exec sleep 60`, options())
  while (!existsSync(pids) || (await readFile(pids, 'utf8')) === '') await Bun.sleep(1)
  const second = frozen.exec('true', options())
  const ends = await Promise.all([first, second])
  for (const pid of (await readFile(pids, 'utf8')).trim().split(' ')) process.kill(Number(pid), 'SIGKILL')
  expect(ends.map((end) => end.kind === 'failed' && end.trouble.kind)).toEqual(['lost', 'lost'])
})
