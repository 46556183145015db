import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { readHosts } from '../../src/config/hosts-file.ts'
import { runContainer } from '../../src/docker/container.ts'
import { findImage } from '../../src/docker/images.ts'
import { connect } from '../../src/ssh/connect.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { topCgroups } from './cgroups.ts'
import { shellSpec } from './containers.ts'
import { TestFleet } from './fleet.ts'
import { mustRun } from './must-run.ts'
import type { TestNode } from './test-node.ts'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await TestFleet.start({
    nodes: [{ workDisk: '20M' }, { noexec: true }, { slots: 2 }],
    docker: true,
    connectTimeoutMs: 5000,
  })
}, 60_000)
afterAll(() => fleet[Symbol.asyncDispose](), 60_000)

/** What a command prints over ssh, or why it could not be run. */
async function said(node: TestNode, command: string): Promise<string> {
  const end = await connect(node.host, { signal: AbortSignal.timeout(20_000), starts: new Semaphore(1) })
  if (end.kind === 'failed') return end.trouble.kind
  await using connection = end.connection
  const ran = await connection.exec(command, {
    signal: AbortSignal.timeout(20_000),
    timeoutMs: 20_000,
    outputLimitBytes: 10_000,
  })
  return ran.kind === 'exited' ? new TextDecoder().decode(ran.stdout).trim() : ran.kind
}

/** Whether a connection to the node's sshd opens, from another node. */
async function isReached(node: TestNode, from: TestNode): Promise<boolean> {
  const attempt = ['timeout', '2', 'bash', '-c', `: </dev/tcp/${node.address}/22`]
  return (await from.run(attempt)).exitCode === 0
}

/** In a container of the node's base image; the first line of what it prints ends this, and not the container. */
async function runInContainer(node: TestNode, script: string, signal: AbortSignal): Promise<string> {
  const image = await findImage(node.engine, 'openswe-python-3.11')
  const printed = Promise.withResolvers<string>()
  const onOutput = (chunk: Uint8Array) => printed.resolve(new TextDecoder().decode(chunk).trim())
  const run = runContainer(node.engine, { ...shellSpec(image?.imageId ?? '', script, 'fleet-test'), signal, onOutput })
  return await Promise.race([printed.promise, run.then(({ output }) => output)])
}

test('every node answers over ssh under its name, and runs containers in an engine of its own', async () => {
  const infos = await Promise.all(
    fleet.nodes.map(({ engine }) =>
      engine.call<{ ID: string; Name: string }>({ method: 'GET', path: '/info', doing: 'ask' }),
    ),
  )
  expect(new Set(infos.map(({ ID }) => ID)).size).toBe(3)
  expect(infos.map(({ Name }) => Name)).toEqual(['node1', 'node2', 'node3'])
  const command = 'echo "$(hostname) $HOME"; ls /var/run/docker.sock'
  const answers = await Promise.all(fleet.nodes.map((node) => said(node, command)))
  expect(answers).toEqual(fleet.nodes.map(({ name, home }) => `${name} ${home}\n/var/run/docker.sock`))
  const signal = AbortSignal.timeout(20_000)
  expect(await Promise.all(fleet.nodes.map((node) => runInContainer(node, 'echo here', signal)))).toEqual(
    Array(3).fill('here'),
  )
}, 30_000)

test('its hosts.toml is one that openswe reads, with the same hosts', async () => {
  expect(await readHosts(fleet.hostsFile)).toEqual({ kind: 'parsed', hosts: fleet.hosts })
})

test('a cut link cuts off its node and no other, until it is healed', async () => {
  const [first, second, third] = [fleet.node(1), fleet.node(2), fleet.node(3)]
  await first.cutLink()
  expect(await isReached(first, second)).toBe(false)
  expect(await isReached(third, second)).toBe(true)
  await first.healLink()
  expect(await isReached(first, second)).toBe(true)
}, 20_000)

test('packets are dropped in the direction asked for', async () => {
  const [first, second] = [fleet.node(1), fleet.node(2)]
  const arrived = async () => {
    const rules = await first.run(['iptables', '-t', 'raw', '-L', 'PREROUTING', '-v', '-x', '-n'])
    return Number(/^ +(\d+) .* dpt:22/m.exec(new TextDecoder().decode(rules.stdout))?.[1])
  }
  await first.run(['iptables', '-t', 'raw', '-A', 'PREROUTING', '-p', 'tcp', '--dport', '22'])
  await first.dropPackets(1, 'out')
  expect(await isReached(first, second)).toBe(false)
  expect(await arrived()).toBeGreaterThan(0)
  await first.dropPackets(0)
  expect(await isReached(first, second)).toBe(true)
}, 20_000)

test('a throttled link is slow in both directions', async () => {
  const node = fleet.node(1)
  const queues = async () => {
    const { stdout } = await node.run(['tc', 'qdisc', 'show', 'dev', 'eth0'])
    const outside = await mustRun(['tc', 'qdisc', 'show'])
    const ours = outside.split('\n').filter((line) => line.includes(`dev ${basename(fleet.folder)}-1 `))
    return [new TextDecoder().decode(stdout), ...ours].map((line) => /tbf.* rate \S+|noqueue/.exec(line)?.[0])
  }
  await node.throttle(200)
  expect(await queues()).toEqual(Array(2).fill(expect.stringMatching(/^tbf.* rate 200Kbit$/)))
  await node.throttle(null)
  expect(await queues()).toEqual(['noqueue', 'noqueue'])
})

test('a killed engine is started again, with what it had', async () => {
  const node = fleet.node(2)
  await node.killDocker()
  expect(
    await node.engine.call({ method: 'GET', path: '/_ping', doing: 'ask' }).catch((error) => error.fault.kind),
  ).toBe('engine-unreachable')
  await node.startDocker()
  expect(await findImage(node.engine, 'openswe-python-3.11')).not.toBeNull()
}, 30_000)

test('power that fails ends the programs and containers of one node, and its disk is there after the restart', async () => {
  const node = fleet.node(3)
  await writeFile(join(node.workFolder, 'note'), 'kept')
  const ended = new AbortController()
  expect(await runInContainer(node, 'echo up; exec sleep 1000', ended.signal)).toBe('up')
  await said(node, 'setsid sleep 2000 >/dev/null 2>&1 &')
  const left = await node.leftovers()
  expect(left.containers).toHaveLength(1)
  expect(left.processes).toEqual(expect.arrayContaining(['sleep 1000', expect.stringMatching(/sleep 2000$/)]))
  const before = (await node.processes()).map(({ pid }) => pid)
  await node.killEverything()
  ended.abort()
  expect(before.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
  expect(await isReached(node, fleet.node(1))).toBe(false)
  await node.restart()
  expect(await said(node, `cat ${node.workFolder}/note`)).toBe('kept')
  expect((await node.leftovers()).processes).toEqual([])
}, 30_000)

test('a changed host key is another one to ssh', async () => {
  const node = fleet.node(2)
  await node.changeHostKey()
  expect(await said(node, 'echo in')).toBe('key-changed')
  await fleet.writeKnownHosts()
  expect(await said(node, 'echo in')).toBe('in')
}, 20_000)

test('a work disk gets full and has room again, and a noexec one runs nothing', async () => {
  const [full, noexec] = [fleet.node(1), fleet.node(2)]
  await full.fillDisk()
  expect(await said(full, `head -c 100000 /dev/zero >${full.workFolder}/more || echo full`)).toBe('full')
  await full.freeDisk()
  expect(await said(full, `head -c 100000 /dev/zero >${full.workFolder}/more && echo room`)).toBe('room')
  const script = join(noexec.workFolder, 'script')
  expect(await said(noexec, `echo '#!/bin/sh' >${script}; chmod +x ${script}; ${script} 2>/dev/null || echo no`)).toBe(
    'no',
  )
}, 20_000)

test('nothing of a fleet is left once it is disposed of', async () => {
  const other = await TestFleet.start({ nodes: [{ workDisk: '20M' }, {}], docker: true })
  const name = basename(other.folder)
  const processes = (await Promise.all(other.nodes.map((node) => node.processes()))).flat()
  await runInContainer(other.node(1), 'echo here', AbortSignal.timeout(20_000))
  expect(await traces(name)).not.toEqual([])
  await other[Symbol.asyncDispose]()
  expect(await traces(name)).toEqual([])
  expect(processes.filter(({ pid }) => existsSync(`/proc/${pid}`))).toEqual([])
}, 30_000)

test('a fleet with a node that cannot start says which, and leaves nothing', async () => {
  const before = await traces(`osw${process.pid}`)
  const badSshd = TestFleet.start({ nodes: [{}, { sshdConfig: ['Bogus yes'] }], docker: false })
  expect(await badSshd.catch((error) => error.message)).toBe('node2 does not start')
  const badEngine = TestFleet.start({ nodes: [{ engineSettings: { bogus: true } }], docker: true })
  expect(await badEngine.catch((error) => error.message)).toBe('node1 does not start')
  expect(await traces(`osw${process.pid}`)).toEqual(before)
}, 30_000)

test('a fleet ends with a process that is killed, and the next start removes what it left', async () => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'held-fleet.ts')], { stdout: 'pipe' })
  const line = await child.stdout.getReader().read()
  const { name, pids } = JSON.parse(new TextDecoder().decode(line.value))
  child.kill('SIGKILL')
  await child.exited
  while (pids.some((pid: number) => existsSync(`/proc/${pid}`))) await Bun.sleep(10)
  expect(await traces(name)).not.toEqual([])
  await using _next = await TestFleet.start({ nodes: 1, docker: false })
  expect(await traces(name)).toEqual([])
}, 30_000)

/** What this machine has by that name: interfaces, firewall rules, loop devices, control groups, folders. */
async function traces(name: string): Promise<readonly string[]> {
  const listings = await Promise.all([
    mustRun(['ip', '-brief', 'link', 'show']),
    mustRun(['iptables-save']),
    mustRun(['losetup', '--all']),
    readdir('/var/tmp').then((names) => names.join('\n')),
    topCgroups().then((groups) => groups.map(({ path }) => path).join('\n')),
  ])
  return listings.flatMap((listing) => listing.split('\n').filter((line) => line.includes(name)))
}
