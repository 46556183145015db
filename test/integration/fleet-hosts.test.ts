import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { shellJoin } from '../../src/util/shell-quote.ts'
import { TestFleet } from '../support/fleet.ts'
import { FleetBench, oursOn, signalOurs, untilNothingRuns } from '../support/fleet-bench.ts'
import { makeKey } from '../support/sshd.ts'

/** One machine that is as it should be, but for a shell that greets, and eight hosts that are of no use. */

setDefaultTimeout(300_000)

let fleet: TestFleet
let bench: FleetBench
/** All of them. */
let allHosts: string
/** The good one alone. */
let goodHost: string

beforeAll(async () => {
  bench = await FleetBench.open()
  fleet = await TestFleet.start({
    nodes: [{}, { noexec: true }, { workDisk: '20M' }, {}, {}, {}, {}, {}],
    docker: true,
    connectTimeoutMs: 4000,
  })
  const [, , full, engineless, changed, , down] = fleet.nodes
  await writeFile(join(fleet.node(1).home, '.bashrc'), 'echo Welcome to node1; echo >&2 Mind the step\n')
  await Promise.all([full?.fillDisk(), engineless?.killDocker(), changed?.changeHostKey(), down?.killEverything()])
  await makeKey(join(fleet.folder, 'stranger'))
  await writeFile(join(fleet.folder, 'none'), '')
  goodHost = await hostsFile('good.toml', { good: 1 })
  const names = { good: 1, noexec: 2, full: 3, engineless: 4, changed: 5, unknown: 6, down: 7, refused: 8 }
  allHosts = await hostsFile('all.toml', names, '[[host]]\nname = "nowhere"\naddress = "nowhere.invalid"\n')
})
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

const special: Readonly<Record<string, string>> = {
  good: 'slots = 1\n',
  unknown: 'known_hosts = "none"\n',
  refused: 'identity = "stranger"\n',
}

async function hostsFile(file: string, names: Readonly<Record<string, number>>, more = ''): Promise<string> {
  const path = join(fleet.folder, file)
  const [defaults = ''] = (await readFile(fleet.hostsFile, 'utf8')).split('[[host]]')
  const tables = Object.entries(names).map(([name, index]) => {
    const { address, workFolder } = fleet.node(index)
    return `[[host]]\nname = "${name}"\naddress = "${address}"\nwork_folder = "${workFolder}"\n${special[name] ?? ''}`
  })
  await writeFile(path, `${defaults}${tables.join('')}${more}`)
  return path
}

const troubles: Readonly<Record<string, RegExp>> = {
  noexec: /mount it without noexec/,
  full: /free, and .* are needed .* make room there/,
  engineless: /E_NODE_START.*Docker does not answer/,
  changed: /its key is .* but .*known_hosts:\d+ says .* ssh-keygen -R/,
  unknown: /its key .* is not in .* compare it with the host's own/,
  down: /start sshd on the host|the host is down/,
  refused: /root is not let in/,
  nowhere: /this name has no address/,
}

test('hosts that are of no use are told of, each with what to do, and the run is done by the one that is left', async () => {
  const control = bench.run(allHosts, '--only', 'openswe-demo__weighbridge-7')
  for (const [name, trouble] of Object.entries(troubles)) {
    await control.err.until(new RegExp(`^${name}: .*${trouble.source}`, 'm'))
  }
  expect(await control.ended).toBe(0)
  expect(control.err.text).not.toContain('good: ')
  expect(await bench.outcomes()).toEqual({ 'openswe-demo__weighbridge-7': 'rejected: leak-release-installed' })
})

const later = ['--only', 'openswe-demo__slugline-6,openswe-demo__linkprobe-8,openswe-demo__textwidth-1']
const good = () => fleet.node(1)

test('after two signals the machine goes on alone, and the same command comes back to it', async () => {
  const first = bench.run(goodHost, ...later)
  await bench.untilAtWork('good')
  const serving = await oursOn(good(), 'serve')
  first.signal('SIGINT')
  await first.err.until(/draining/)
  first.signal('SIGINT')
  expect(await first.ended).toBe(0)
  expect(first.err.text).toContain('the machines work on')
  expect(await oursOn(good(), 'serve')).toEqual(serving)
  bench.run(goodHost, ...later)
  await bench.untilUp('good')
  expect(await oursOn(good(), 'serve')).toEqual(serving)
})

test('after three signals what runs is given back, and nothing is left running on the machine', async () => {
  const control = bench.last
  for (const words of [/draining/, /leaving/, /stopping the machines/]) {
    control.signal('SIGINT')
    await control.err.until(words)
  }
  expect(await control.ended).toBe(130)
  await untilNothingRuns(good())
  const outcomes = Object.values(await bench.outcomes())
  expect(outcomes).toContain('queued')
  expect(outcomes).not.toContain('running')
})

test('after one signal what runs is finished, and nothing else is begun', async () => {
  const before = Object.values(await bench.outcomes())
  const control = bench.run(goodHost, ...later)
  await bench.untilAtWork('good')
  control.signal('SIGTERM')
  expect(await control.ended).toBe(143)
  await untilNothingRuns(good())
  const queued = (outcomes: readonly string[]) => outcomes.filter((outcome) => outcome === 'queued').length
  expect(queued(Object.values(await bench.outcomes()))).toBe(queued(before) - 1)
})

test('a node process of another openswe is not joined but named, and once it is gone there is ours', async () => {
  const control = bench.run(goodHost, ...later)
  await bench.untilAtWork('good')
  const serving = (await good().processes()).find(({ argv }) => argv[2] === 'serve')
  control.signal('SIGKILL')
  await control.ended
  await signalOurs(good(), 'serve', 'SIGTERM')
  await bench.until(async () => (await oursOn(good(), 'serve')).length === 0, null)
  const argv = [...(serving?.argv ?? []).slice(0, -1), 'another']
  await good().run(['sh', '-c', `exec >/dev/null 2>&1 </dev/null; ${shellJoin(argv)} &`])
  await bench.until(async () => (await oursOn(good(), 'serve')).length === 1, null)
  const next = bench.run(goodHost, ...later)
  await next.err.until(/^good: .*E_PROTO: process \d+ .*is another openswe/m)
  await signalOurs(good(), 'serve', 'SIGTERM')
  expect(await next.ended).toBe(0)
  expect(await bench.outcomes()).toMatchObject({ 'openswe-demo__textwidth-1': 'accepted' })
  await untilNothingRuns(good())
})
