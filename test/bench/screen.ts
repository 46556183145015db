import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from './compile.ts'
import type { Result } from './figure.ts'

const columns = 120
/** All 64 nodes are in sight. */
const rows = 72
const nodes = 64
const instances = 10_000
const eventsASecond = 200
/** So that all instances are over within a minute. */
const quickEventsASecond = 2_500
const warmMs = 10_000
const sampleMs = 5_000
const samples = 4
/** One more than is looked for, since a look may come late. */
const mostFramesASecond = 4.5
const endOfFrame = '\u001b[?2026l'
const ticksASecond = 100

/** What a screen costs that is watched for hours: while all nodes of a fleet are at work, and once nothing happens. */
export async function screenBench(signal: AbortSignal): Promise<readonly Result[]> {
  await using undo = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'openswe-bench-'))
  undo.defer(() => rm(dir, { recursive: true }))
  const openswe = join(dir, 'openswe')
  await compile('src/main.ts', openswe, signal)
  const busy = await watched(openswe, join(dir, 'busy.db'), [instances, eventsASecond, 3600], samples, signal)
  const still = await watched(openswe, join(dir, 'still.db'), [instances, 0, 0], samples, signal)
  const quickSamples = Math.ceil((instances * 11) / quickEventsASecond / (sampleMs / 1000))
  const quick = await watched(
    openswe,
    join(dir, 'quick.db'),
    [instances, quickEventsASecond, 3600],
    quickSamples,
    signal,
  )
  const framesASecond = (busy.frames / samples / sampleMs) * 1000
  if (framesASecond > mostFramesASecond) throw new Error(`${framesASecond} frames were drawn in a second`)
  if (still.bytes > 0) throw new Error(`${still.bytes} bytes were drawn where nothing changed`)
  const of = `a screen of ${columns} × ${rows} on ${nodes} nodes of 8 slots`
  return [
    {
      kind: 'figure',
      unit: 'ms',
      measured: { of: `CPU time a second of ${of}, ${eventsASecond} events a second`, values: busy.cpuMs },
      floor: { of: 'the same of a run that has ended', values: still.cpuMs },
      goal: { of: 'measured', atMost: 80 },
    },
    {
      kind: 'figure',
      unit: 'KB',
      measured: {
        of: `bytes a frame of ${of}, ${eventsASecond} events a second`,
        values: [busy.bytes / busy.frames / 1000],
      },
      floor: { of: 'its first frame', values: [busy.firstBytes / 1000] },
      goal: { of: 'measured', atMost: 3 },
    },
    {
      kind: 'figure',
      unit: 'MB',
      measured: {
        of: `memory of ${of}, once ${instances} instances came and went`,
        values: [quick.megabytes.at(-1) ?? 0],
      },
      floor: { of: 'the same before', values: [quick.megabytes[0] ?? 0] },
      goal: { of: 'difference', atMost: 25 },
    },
  ]
}

interface Watched {
  readonly cpuMs: readonly number[]
  readonly megabytes: readonly number[]
  readonly firstBytes: number
  /** After it was warm. */
  readonly bytes: number
  readonly frames: number
}

async function watched(
  openswe: string,
  database: string,
  [count, rate, seconds]: readonly [instances: number, rate: number, seconds: number],
  sampleCount: number,
  signal: AbortSignal,
): Promise<Watched> {
  const words = ['test/support/screen-feed.ts', database, nodes, count, rate, seconds].map(String)
  await using undo = new AsyncDisposableStack()
  const feed = Bun.spawn([process.execPath, ...words], { stdout: 'pipe', signal })
  undo.defer(() => killed(feed))
  await saidBy(feed.stdout, seconds === 0 ? 'done' : 'ready')
  let [bytes, frames] = [0, 0]
  const data = (_: unknown, chunk: Uint8Array) => {
    bytes += chunk.byteLength
    frames += Buffer.from(chunk).toString('latin1').split(endOfFrame).length - 1
  }
  const env = { ...process.env, TERM: 'xterm-256color', COLORTERM: 'truecolor', LANG: 'C.UTF-8', CI: '' }
  const terminal = { cols: columns, rows, data }
  const screen = Bun.spawn([openswe, 'watch', '--db', database], { terminal, env, signal })
  undo.defer(() => killed(screen))
  await Bun.sleep(1_000)
  const firstBytes = bytes
  await Bun.sleep(warmMs)
  ;[bytes, frames] = [0, 0]
  const [cpuMs, megabytes] = [[] as number[], [await residentMegabytes(screen.pid)]]
  for (let sample = 0; sample < sampleCount; sample += 1) {
    const before = await cpuTicks(screen.pid)
    await Bun.sleep(sampleMs)
    signal.throwIfAborted()
    cpuMs.push((((await cpuTicks(screen.pid)) - before) * 1000) / ticksASecond / (sampleMs / 1000))
    megabytes.push(await residentMegabytes(screen.pid))
  }
  return { cpuMs, megabytes, firstBytes, bytes, frames }
}

async function killed(child: Bun.Subprocess): Promise<void> {
  child.kill('SIGKILL')
  await child.exited
}

async function saidBy(stdout: ReadableStream<Uint8Array>, word: string): Promise<void> {
  let said = ''
  for await (const chunk of stdout) {
    said += Buffer.from(chunk).toString()
    if (said.includes(word)) return
  }
  throw new Error(`the feed said ${said}`)
}

async function cpuTicks(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1000
}
