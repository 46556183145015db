import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pushToAll } from '../../src/control/fleet-push.ts'
import { type NodeBuild, readNodeBuild } from '../../src/control/node-build.ts'
import { type Host, hostDefaults } from '../../src/domain/host.ts'
import { runProcess } from '../../src/util/process.ts'
import { shellJoin } from '../../src/util/shell-quote.ts'
import { TestSshd } from '../support/sshd.ts'
import { byTurns } from './by-turns.ts'
import { compile } from './compile.ts'
import type { Result } from './figure.ts'

const rounds = 2
const quickRounds = 7
/** Connections in the making, on both sides of the comparison. */
const starts = 8
const servers = 4
/** As many as one sshd listens at. */
const addressesOfServer = 16

/** What it takes to bring openswe to 64 hosts, all of them this machine, then nothing, and then an update. */
export async function fanOut(signal: AbortSignal): Promise<readonly Result[]> {
  await using undo = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'openswe-bench-'))
  undo.defer(() => rm(dir, { recursive: true }))
  const hosts: Host[] = []
  for (let server = 1; server <= servers; server += 1) hosts.push(...(await startHosts(server, dir, undo)))
  const [first, update] = [await buildOf('first', dir, signal), await buildOf('update', dir, signal)]
  const pushAll = (build: NodeBuild) => pushToEach(hosts, build, signal)
  const removeAll = () => Promise.all(hosts.map((host) => rm(host.workFolder, { recursive: true, force: true })))
  const byHand = await commandsByHand(hosts, first, dir)

  const sent = await byTurns(
    rounds,
    () => pushAll(first),
    () => exec(byHand.send, signal),
    removeAll,
  )
  const wholeMegabytes = await pushAll(first)
  const none = await byTurns(
    quickRounds,
    () => pushAll(first),
    () => exec(byHand.look, signal),
  )
  if (Math.max(...(await pushAll(first))) > 0) throw new Error('what was there already was sent again')
  const updateMegabytes = await pushAll(update)
  const all = `to ${hosts.length} hosts, ${starts} connections in the making at a time`
  return [
    {
      kind: 'figure',
      unit: 'ms',
      measured: { of: `openswe pushed ${all}`, values: sent.measured },
      floor: { of: 'the same packed bytes by xargs and ssh, unpacked, hashed, synced and renamed', values: sent.floor },
      goal: { of: 'ratio', atMost: 1 },
    },
    {
      kind: 'figure',
      unit: 'ms',
      measured: { of: `openswe pushed ${all}, that have it already`, values: none.measured },
      floor: { of: 'by xargs and ssh, whether it is there', values: none.floor },
      goal: { of: 'measured', atMost: 1000 },
    },
    {
      kind: 'figure',
      unit: 'MB',
      measured: { of: 'sent to each host for an update on the same Bun', values: updateMegabytes },
      floor: { of: 'sent to each for the first time', values: wholeMegabytes },
      goal: { of: 'measured', atMost: 3 },
    },
  ]
}

async function startHosts(server: number, dir: string, undo: AsyncDisposableStack): Promise<Host[]> {
  const addresses = Array.from({ length: addressesOfServer - 1 }, (_, index) => `127.0.${server}.${index + 1}`)
  const sshd = undo.use(await TestSshd.start({ addresses, config: ['MaxStartups 100:30:200'] }))
  await sshd.writeKnownHosts((await sshd.hostKeyLines(`[127.0.*]:${sshd.port}`)).join(''))
  return ['127.0.0.1', ...addresses].map((address, index) => {
    const name = `node${server}-${index}`
    return { ...hostDefaults, ...sshd.target({ address }), name, workFolder: join(dir, name) }
  })
}

/** A binary that differs from another by this word. */
async function buildOf(word: string, dir: string, signal: AbortSignal): Promise<NodeBuild> {
  const [entry, binary] = [join(dir, `${word}.ts`), join(dir, word)]
  const main = JSON.stringify(join(import.meta.dir, '../../src/main.ts'))
  await Bun.write(entry, `process.title = '${word}'\nimport(${main})\n`)
  await compile(entry, binary, signal)
  const build = await readNodeBuild(binary)
  if (build === null) throw new Error(`${binary} has no build for hosts`)
  return build
}

/** Megabytes that were sent to each host. */
async function pushToEach(hosts: readonly Host[], build: NodeBuild, signal: AbortSignal): Promise<number[]> {
  const builds = new Map([[build.label.target, build]])
  const sent: number[] = []
  const options = { builds, starts, streams: starts, agentSocket: undefined, signal }
  for await (const { host, end } of pushToAll(hosts, options)) {
    if (end.kind === 'failed') throw new Error(`${host.name}: ${end.trouble.message}`)
    sent.push(end.kind === 'pushed' ? end.sentBytes / 1e6 : 0)
  }
  return sent
}

/** What one would type in its place. */
async function commandsByHand(hosts: readonly Host[], { parcel }: NodeBuild, dir: string) {
  const packing = Bun.which('zstd') === null ? 'gzip' : 'zstd'
  const [list, packed] = [join(dir, 'hosts'), join(dir, 'packed')]
  await Bun.write(packed, await parcel.packed(packing, 'whole'))
  const lines = hosts.map((host) =>
    [host.identity, host.knownHosts, host.port, host.address, host.workFolder].join(' '),
  )
  await Bun.write(list, `${lines.join('\n')}\n`)
  const toEach = (command: string, input: string) => {
    const ssh = `exec ssh -F /dev/null -o BatchMode=yes -o UserKnownHostsFile=$1 -i $0 -p $2 $3 "${command}" <${input}`
    return ['xargs', '-a', list, '-P', String(starts), '-n', '5', 'sh', '-c', ssh]
  }
  const take = `mkdir -p $4 && cd $4 && ${packing} -dc >draft && sha256sum draft | grep -q ${parcel.content.sha256}`
  return {
    send: toEach(`${take} && chmod 700 draft && sync draft && mv draft openswe`, packed),
    look: toEach('test -d $4', '/dev/null'),
  }
}

async function exec(argv: readonly string[], signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await runProcess(argv, { env: { PATH: process.env.PATH ?? '' }, signal })
  if (exitCode !== 0) throw new Error(`${shellJoin(argv)}: ${stderr}`)
}
