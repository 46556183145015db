import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeBuilds } from '../../src/control/node-builds.ts'
import type { OpenedNode } from '../../src/control/node-link.ts'
import { slurmNode, slurmServe } from '../../src/control/slurm-node.ts'
import type { SlurmSettings } from '../../src/domain/slurm.ts'
import { openSlurmFleet, type SlurmFleet } from '../../src/slurm/fleet.ts'
import { Parcel } from '../../src/ssh/parcel.ts'
import { realClock } from '../../src/util/clock.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { TestSlurm } from '../support/slurm.ts'

const { signal } = new AbortController()
const place = { workFolder: '~/work folder', dockerSocket: '/var/run/docker.sock' }

/** Stands in for openswe: a node process of a run whose name begins with `short` has nothing to do, and ends. */
const program = `#!/bin/sh
case "$*" in
  --version) exit 0 ;;
  *"serve --run short"*) exit 0 ;;
  "node serve"*) echo "$@" > "$HOME/served"; exec sleep 1000 ;;
  *) echo "$@"; exec cat ;;
esac
`

let slurm: TestSlurm
let builds: NodeBuilds
let build: string
beforeAll(async () => {
  slurm = await TestSlurm.start()
  const path = join(slurm.folder, 'program')
  await writeFile(path, program)
  const parcel = await Parcel.ofFile(path)
  build = parcel.content.sha256
  const { sha256, sizeBytes } = parcel.content
  const runtime = { sha256, sizeBytes, atByte: 0 }
  const target = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64-baseline'
  const label = { openswe: '0.0.0', target, sha256, sizeBytes, runtime, packedBytes: 0 }
  builds = new Map([[target, { label, path, parcel }]])
})
afterAll(() => slurm?.[Symbol.asyncDispose]())

/** The way to the only machine of a run; the time is what `nowMs` says. */
async function wayTo(runId: string, nowMs = () => 0) {
  const settings: SlurmSettings = { nodes: 1, options: [], ...place }
  const serve = slurmServe({ runId, build, ...place })
  const opened = await openSlurmFleet(settings, { runId, serve, environment: slurm.environment }, signal)
  if (opened.kind === 'failed') throw new Error(opened.trouble.message)
  const options = { runId, ...place, builds, streams: new Semaphore(1), clock: { nowMs } }
  return { fleet: opened.fleet, open: slurmNode(opened.fleet, 'slurm-1', options) }
}

/** What comes of it once the job is neither waited for nor about to end. */
async function settled(open: (signal: AbortSignal) => Promise<OpenedNode>): Promise<OpenedNode> {
  let last: OpenedNode | null = null
  await slurm.until(async () => {
    last = await open(signal)
    return last.kind === 'opened' || !/ waits in Slurm's queue| is about to end/.test(last.message)
  })
  if (last === null) throw new Error('nothing came of it')
  return last
}

async function untilJob(fleet: SlurmFleet, kind: string): Promise<void> {
  await slurm.until(async () => {
    const found = await fleet.jobOf('slurm-1', signal)
    return found.kind === 'failed' && found.trouble.kind === kind
  })
}

test('a machine gets openswe once its job runs, and is joined at the process that the job starts', async () => {
  const { fleet, open } = await wayTo('long')
  const opened = await settled(open)
  if (opened.kind === 'failed') throw new Error(opened.message)
  let said = ''
  for await (const chunk of opened.channel.readable) {
    said += new TextDecoder().decode(chunk)
    if (said.endsWith('\n')) break
  }
  const work = join(slurm.folder, 'work folder')
  const words = `--run long --name slurm-1 --machine n1 --work-folder ${work} --docker-socket /var/run/docker.sock --build ${build}\n`
  expect(said).toBe(`node attach --wait ${words}`)
  await slurm.until(() => Bun.file(join(slurm.folder, 'served')).exists())
  expect(await readFile(join(slurm.folder, 'served'), 'utf8')).toBe(`node serve ${words}`)
  expect(await Bun.file(join(work, 'runs/long/slurm-1/n1/log')).exists()).toBe(true)
  opened.channel.close()
  await fleet.leave(0, realClock, signal)
})

test('a machine that is waited for is asked for no second time', async () => {
  const busy = await wayTo('busy')
  const { fleet, open } = await wayTo('waits')
  await slurm.until(async () => (await busy.fleet.jobOf('slurm-1', signal)).kind === 'found')
  const message = expect.stringMatching(/^job \d+_1 waits in Slurm's queue: \w+ — wait; /)
  expect(await open(signal)).toEqual({ kind: 'failed', message, isFinal: false })
  const told = await fleet.jobs(signal)
  expect(told.kind === 'told' && told.jobs).toHaveLength(1)
  await fleet.leave(0, realClock, signal)
  await busy.fleet.leave(0, realClock, signal)
})

test('another machine is asked for in place of one that ended, three times an hour', async () => {
  let nowMs = 0
  const { fleet, open } = await wayTo('short', () => nowMs)
  for (let ends = 1; ends <= 3; ends += 1) {
    // The job waits for the program until it was brought there, or finds it from before.
    await slurm.until(async () => {
      await open(signal)
      const told = await fleet.jobs(signal)
      return told.kind === 'told' && told.jobs.length === ends + 1
    })
  }
  await untilJob(fleet, 'completed')
  expect(await open(signal)).toMatchObject({ kind: 'failed', isFinal: true })
  nowMs = 3_600_000
  const message = expect.stringMatching(/^n1: job \d+_1 ended; another one is asked for$/)
  expect(await open(signal)).toEqual({ kind: 'failed', message, isFinal: false })
  await fleet.leave(0, realClock, signal)
})

test('nobody asks again for a machine whose job a person cancelled', async () => {
  const { fleet, open } = await wayTo('longer')
  await slurm.until(async () => (await fleet.jobOf('slurm-1', signal)).kind === 'found')
  await fleet.leave(0, realClock, signal)
  await untilJob(fleet, 'cancelled')
  const message = expect.stringMatching(/^(?:n1: )?job \d+_1 was cancelled — start the run again/)
  expect(await open(signal)).toEqual({ kind: 'failed', message, isFinal: true })
  // As somebody may who has changed his mind.
  await fleet.submit(['slurm-1'], signal)
  await slurm.until(async () => (await fleet.jobOf('slurm-1', signal)).kind === 'found')
  const opened = await settled(open)
  if (opened.kind === 'opened') opened.channel.close()
  expect(opened.kind).toBe('opened')
  await fleet.leave(0, realClock, signal)
})
