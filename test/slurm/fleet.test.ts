import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SlurmSettings } from '../../src/domain/slurm.ts'
import { nodeName, type SlurmServe } from '../../src/slurm/commands.ts'
import { openSlurmFleet, type SlurmFleet } from '../../src/slurm/fleet.ts'
import type { ByteChannel } from '../../src/util/byte-channel.ts'
import { realClock } from '../../src/util/clock.ts'
import { sha256 } from '../../src/util/sha256.ts'
import { TestSlurm } from '../support/slurm.ts'

const { signal } = new AbortController()
const settings: SlurmSettings = {
  nodes: 2,
  partition: 'main',
  time: '0:10:00',
  options: ['--comment=a test'],
  dockerSocket: '/var/run/docker.sock',
  workFolder: '~/work',
}

/** Stands in for a node process: it writes down its id, in the home folder of the test's cluster, and stays. */
const stays = (runId: string): SlurmServe => ({
  folder: '~/logs/%a/%N',
  words: [
    '/bin/sh',
    '-c',
    'echo on "$2"; trap "exit 0" USR1; echo $$ > "$1.draft" && mv "$1.draft" "$1"; while :; do sleep 0.1; done',
    'sh',
    `~/${runId}.slurm-%a.pid`,
    '%N',
  ],
})

let slurm: TestSlurm
/** For as long as all tests; a job's time limit is looked at every 30 s only. */
let limited: TestSlurm
let limitedFleet: SlurmFleet
let limitedChannel: ByteChannel
beforeAll(async () => {
  const both = await Promise.all([TestSlurm.start({ nodes: 2 }), TestSlurm.start()])
  slurm = both[0]
  limited = both[1]
  limitedFleet = await opened('limited', { nodes: 1 }, limited)
  limitedChannel = await channelTo(limitedFleet, 'slurm-1', 'echo begun; exec sleep 1000')
  await firstLine(limitedChannel)
  await limited.ask('scontrol', 'update', `JobId=${(await jobsOf(limitedFleet))[0]?.jobId}`, 'EndTime=now')
})
afterAll(() => Promise.all([slurm, limited].map((one) => one?.[Symbol.asyncDispose]())))

function open(runId: string, changes: Partial<SlurmSettings> = {}, environment = slurm.environment) {
  return openSlurmFleet({ ...settings, ...changes }, { runId, serve: stays(runId), environment }, signal)
}

/** With all its machines there. */
async function opened(runId: string, changes: Partial<SlurmSettings> = {}, cluster = slurm): Promise<SlurmFleet> {
  const answer = await open(runId, changes, cluster.environment)
  if (answer.kind === 'failed') throw new Error(answer.trouble.message)
  const { nodes } = { ...settings, ...changes }
  await cluster.until(
    async () => (await jobsOf(answer.fleet)).filter(({ state }) => state === 'running').length === nodes,
  )
  return answer.fleet
}

async function jobsOf(fleet: SlurmFleet) {
  const told = await fleet.jobs(signal)
  if (told.kind === 'failed') throw new Error(told.trouble.message)
  return told.jobs
}

async function channelTo(fleet: SlurmFleet, node: string, command: string): Promise<ByteChannel> {
  const answer = await fleet.connect(node, command, signal)
  if (answer.kind === 'failed') throw new Error(answer.trouble.message)
  return answer.channel
}

async function firstLine(channel: ByteChannel): Promise<string> {
  let text = ''
  for await (const chunk of channel.readable) {
    text += new TextDecoder().decode(chunk)
    if (text.includes('\n')) break
  }
  return text
}

/** Of the node process on a machine, once it runs. */
async function nodePid(runId: string, node: string): Promise<number> {
  const path = join(slurm.folder, `${runId}.${node}.pid`)
  await slurm.until(() => Bun.file(path).exists())
  return Number(await readFile(path, 'utf8'))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Gives the machines back at once, and waits until they are free. */
async function gaveBack(fleet: SlurmFleet): Promise<void> {
  expect(await fleet.leave(0, realClock, signal)).toEqual({ kind: 'answered', text: '' })
  await slurm.until(async () => (await slurm.ask('sinfo', '--noheader', '--format=%t')).trim() === 'idle')
}

test('each machine of an allocation has a node process, and channels that carry any bytes both ways', async () => {
  const fleet = await opened('bytes')
  const jobs = await jobsOf(fleet)
  expect(jobs.map((job) => (job.state === 'running' ? job.host : '')).toSorted()).toEqual(['n1', 'n2'])
  expect(fleet.nodes).toEqual(['slurm-1', 'slurm-2'])
  expect(isAlive(await nodePid('bytes', 'slurm-1'))).toBe(true)
  expect(isAlive(await nodePid('bytes', 'slurm-2'))).toBe(true)
  const channels = await Promise.all(
    ['slurm-1', 'slurm-2'].map((node) => channelTo(fleet, node, 'echo $SLURM_JOB_ID; cat')),
  )
  const noise = crypto.getRandomValues(new Uint8Array(60_000))
  const sent = Buffer.concat(Array.from({ length: 50 }, () => noise))
  const echoes = channels.map(async (channel, index) => {
    const received: Uint8Array[] = []
    let byteCount = 0
    const expected = Buffer.concat([Buffer.from(`${jobs.find((job) => job.index === index + 1)?.jobId}\n`), sent])
    const writing = channel.write(sent)
    for await (const chunk of channel.readable) {
      received.push(chunk)
      byteCount += chunk.byteLength
      if (byteCount >= expected.byteLength) break
    }
    await writing
    channel.close()
    expect(sha256(Buffer.concat(received))).toBe(sha256(expected))
    expect(await channel.closed).toBe('it was closed here')
  })
  await Promise.all(echoes)
  await gaveBack(fleet)
  await slurm.until(async () => !isAlive(await nodePid('bytes', 'slurm-1')))
})

test('who kills a channel leaves the node process alone, and what the channel ran ends', async () => {
  const fleet = await opened('cut')
  const pid = await nodePid('cut', 'slurm-1')
  const first = await channelTo(fleet, 'slurm-1', 'echo $$; exec sleep 1000')
  const bridge = Number(await firstLine(first))
  expect(isAlive(bridge)).toBe(true)
  first.close()
  await first.closed
  await slurm.until(async () => !isAlive(bridge))
  expect(isAlive(pid)).toBe(true)
  expect(await firstLine(await channelTo(fleet, 'slurm-1', 'echo again'))).toBe('again\n')
  await gaveBack(fleet)
})

test('a node process that is killed is started again', async () => {
  const fleet = await opened('killed', { nodes: 1 })
  const [node = ''] = fleet.nodes
  const pid = await nodePid('killed', node)
  process.kill(pid, 'SIGKILL')
  await slurm.until(async () => (await nodePid('killed', node)) !== pid)
  expect(isAlive(await nodePid('killed', node))).toBe(true)
  await gaveBack(fleet)
})

test('what a node process prints is in its folder, by what Slurm calls the machine', async () => {
  const fleet = await opened('log', { nodes: 1 })
  await nodePid('log', 'slurm-1')
  const [job] = await jobsOf(fleet)
  const host = job?.state === 'running' ? job.host : ''
  expect(await readFile(join(slurm.folder, 'logs/1', host, 'log'), 'utf8')).toEndWith(`on ${host}\n`)
  await gaveBack(fleet)
})

test('node processes that were told to end get the time for it, and machines that are waited for are given back at once', async () => {
  const busy = await open('left', { nodes: 3 })
  if (busy.kind === 'failed') throw new Error(busy.trouble.message)
  const { fleet } = busy
  const states = async () => (await jobsOf(fleet)).map(({ state }) => state).toSorted()
  await slurm.until(async () => (await states()).join() === 'running,running,waiting')
  const running = (await jobsOf(fleet)).flatMap(({ state, index }) => (state === 'running' ? [nodeName(index)] : []))
  await Promise.all(running.map((node) => nodePid('left', node)))
  const leaving = fleet.leave(1_000_000, realClock, signal)
  await slurm.until(async () => (await states()).join() === 'ended,running,running')
  for (const node of running) process.kill(await nodePid('left', node), 'SIGUSR1')
  expect(await leaving).toEqual({ kind: 'answered', text: '' })
  const endings = (await jobsOf(fleet)).flatMap((job) => (job.state === 'ended' ? [job.ending] : []))
  expect(endings.filter((ending) => ending === 'cancelled')).toHaveLength(1)
  await slurm.until(async () => (await slurm.ask('sinfo', '--noheader', '--format=%t')).trim() === 'idle')
})

test('another machine is asked for in place of one that is gone', async () => {
  const fleet = await opened('another')
  const lost = await fleet.jobOf('slurm-2', signal)
  await slurm.ask('scancel', lost.kind === 'found' ? lost.jobId : '')
  await slurm.until(async () => (await fleet.jobOf('slurm-2', signal)).kind === 'failed')
  expect((await fleet.submit(['slurm-2'], signal)).kind).toBe('answered')
  await slurm.until(async () => (await fleet.jobOf('slurm-2', signal)).kind === 'found')
  expect(await fleet.jobOf('slurm-2', signal)).not.toEqual(lost)
  await gaveBack(fleet)
})

test('a run finds its machines again and asks for those that are missing, and another run has others', async () => {
  const before = await jobsOf(await opened('again', { nodes: 1 }))
  const after = await open('again', { nodes: 1 })
  if (after.kind === 'failed') throw new Error(after.trouble.message)
  expect(await jobsOf(after.fleet)).toEqual(before)
  const more = await jobsOf(await opened('again', { nodes: 2 }))
  expect(more.map(({ index }) => index)).toEqual([1, 2])
  expect(more[0]).toEqual(before[0])
  await after.fleet.leave(0, realClock, signal)
  const other = await opened('other', { nodes: 1 })
  expect((await jobsOf(other)).map(({ jobId }) => jobId)).not.toEqual(before.map(({ jobId }) => jobId))
  await gaveBack(other)
})

test('a machine that Slurm cannot give yet is waited for, with its reason', async () => {
  const busy = await opened('busy')
  const late = await open('late')
  if (late.kind === 'failed') throw new Error(late.trouble.message)
  expect((await jobsOf(late.fleet)).map(({ state }) => state)).toContain('waiting')
  expect(await late.fleet.connect('slurm-1', 'true', signal)).toMatchObject({
    kind: 'failed',
    trouble: { kind: 'waiting', message: expect.stringMatching(/^job \d+_\d waits in Slurm's queue: \w+$/) },
  })
  await late.fleet.leave(0, realClock, signal)
  await gaveBack(busy)
})

test('a command is run to its end, with what it reads, prints and ends with; one that takes too long is killed', async () => {
  const fleet = await opened('exec', { nodes: 1 })
  const [node = ''] = fleet.nodes
  const options = { signal, timeoutMs: 20_000, outputLimitBytes: 1_000 }
  const end = await fleet.exec(node, 'cat; echo to you >&2; exit 7', { ...options, stdin: 'from me' })
  if (end.kind !== 'exited') throw new Error(end.kind)
  expect({ exitCode: end.exitCode, stdout: Buffer.from(end.stdout).toString() }).toEqual({
    exitCode: 7,
    stdout: 'from me',
  })
  expect(end.stderr).toContain('to you\n')
  const late = await fleet.exec(node, 'echo begun; exec sleep 1000', { ...options, timeoutMs: 1_000 })
  expect(late.kind).toBe('timed-out')
  await gaveBack(fleet)
})

test('nothing of our environment goes to the machines but what was chosen', async () => {
  const fleet = await opened('environment', { nodes: 1 })
  const [node = ''] = fleet.nodes
  const names = (text: string) => text.split(/[\0\n]/).map((line) => line.split('=')[0] ?? '')
  const ofJob = names(await readFile(`/proc/${await nodePid('environment', node)}/environ`, 'utf8'))
  const ofStep = names(
    Buffer.from(
      await fleet
        .exec(node, 'env -0', { signal, timeoutMs: 20_000, outputLimitBytes: 65_536 })
        .then((end) => (end.kind === 'exited' ? end.stdout : new Uint8Array())),
    ).toString(),
  )
  const given = Object.keys(slurm.environment)
  const foreign = [...ofJob, ...ofStep].filter(
    (name) => !/^SLURM|^SRUN_|^PWD$|^TMPDIR$|^HOSTNAME$|^ENVIRONMENT$|^_?$|^SHLVL$|^OLDPWD$/.test(name),
  )
  expect([...new Set(foreign)].toSorted()).toEqual(given.filter((name) => name !== 'SLURM_CONF').toSorted())
  await gaveBack(fleet)
})

test("a partition that does not exist is refused in Slurm's own words", async () => {
  expect(await open('nope', { partition: 'nope' })).toEqual({
    kind: 'failed',
    trouble: {
      kind: 'refused',
      message:
        'sbatch: error: invalid partition specified: nope; sbatch: error: Batch job submission failed: Invalid partition name specified',
      fix: 'correct [slurm] in hosts.toml, or see to the cluster',
    },
  })
})

test('a machine without Slurm is told what it takes', async () => {
  expect(await open('none', {}, { PATH: '/nonexistent' })).toEqual({
    kind: 'failed',
    trouble: {
      kind: 'no-slurm',
      message: 'the program squeue is not here',
      fix: 'start openswe on a login node of the cluster, or install it (apt-get install slurm-client)',
    },
  })
})

test('a job that comes to its time limit ends its channels, and is told as such', async () => {
  expect(await limitedChannel.closed).toStartWith('srun ended with exit code ')
  await limited.until(async () => {
    const [job] = await jobsOf(limitedFleet)
    return job?.state === 'ended' && job.ending !== 'ending'
  })
  expect(await limitedFleet.connect('slurm-1', 'true', signal)).toMatchObject({
    kind: 'failed',
    trouble: { kind: 'time-limit', message: expect.stringContaining('came to its time limit') },
  })
})
