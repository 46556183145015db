import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Engine } from '../../src/docker/engine.ts'
import { labelKeys } from '../../src/docker/labels.ts'
import { type Host, hostDefaults } from '../../src/domain/host.ts'
import type { ProcessOptions, ProcessResult } from '../../src/util/process.ts'
import { removeCgroups } from './cgroups.ts'
import { linkImageStore } from './fleet-images.ts'
import type { FleetNetwork, Lateness } from './fleet-network.ts'
import { type Direction, dropPackets, throttle } from './link-faults.ts'
import { Machine, type MachineProcess, signalIfThere } from './machine.ts'
import { mustRun } from './must-run.ts'
import { makeWorkDisk, mountWorkFolder, type NodeDiskOptions } from './node-disk.ts'
import { dataRootOf, socketOf, startNodeEngine } from './node-engine.ts'
import { makeKey, sshdConfig, sshdProgram } from './sshd.ts'
import { makeWallClock, shiftWallClock } from './wall-clock.ts'

export interface TestNodeOptions extends NodeDiskOptions {
  readonly slots?: number
  /** Lines of its sshd_config, which come before the usual ones. */
  readonly sshdConfig?: readonly string[]
  /** Lines of its daemon.json. */
  readonly engineSettings?: Readonly<Record<string, unknown>>
  /** The time of day of what its sessions start can be moved. Needs a C compiler. */
  readonly ownWallClock?: boolean
  /** What goes over its cable can be made late. Needs Python. */
  readonly lateCable?: boolean
}

/** What a node shares with the others of its fleet. */
export interface TestNodePlace {
  readonly index: number
  readonly fleet: string
  /** Of the fleet, with the key `id` that is let in. */
  readonly folder: string
  readonly network: FleetNetwork
  /** What its engine knows at the start; without, it has no engine. */
  readonly imageStore: string | null
  readonly connectTimeoutMs: number
}

/** A machine with an sshd on port 22 and, where asked for, a Docker engine at its usual place. */
export class TestNode implements AsyncDisposable {
  readonly name: string
  readonly address: string
  /** As its entry in the fleet's hosts.toml. */
  readonly host: Host
  /** Its `home`, `work`, `run`, `tmp`, `docker`, `dockerd.log`: to be read from here too, but for a `work` with a disk. */
  readonly folder: string
  /** The home folder of its sessions. */
  readonly home: string
  readonly workFolder: string
  /** Its Docker engine, where it has one. */
  readonly engine: Engine
  readonly #place: TestNodePlace
  readonly #options: TestNodeOptions
  #machine: Machine | undefined
  #sshdStarts = 0

  private constructor(place: TestNodePlace, options: TestNodeOptions) {
    this.#place = place
    this.#options = options
    this.name = `node${place.index}`
    this.address = place.network.addressOf(place.index)
    this.folder = join(place.folder, this.name)
    this.home = join(this.folder, 'home')
    this.workFolder = join(this.folder, 'work')
    this.engine = Engine.connect({ socketPath: socketOf(this.folder) })
    this.host = {
      ...hostDefaults,
      name: this.name,
      address: this.address,
      user: 'root',
      identity: join(place.folder, 'id'),
      knownHosts: join(place.folder, 'known_hosts'),
      sshConfig: '/dev/null',
      connectTimeoutMs: place.connectTimeoutMs,
      workFolder: this.workFolder,
      ...(options.slots === undefined ? {} : { slots: options.slots }),
    }
  }

  /** Throws where it cannot start, with nothing left running; its folder stays with the fleet's. */
  static async start(place: TestNodePlace, options: TestNodeOptions): Promise<TestNode> {
    const node = new TestNode(place, options)
    try {
      await node.#furnish()
      await node.restart()
      return node
    } catch (error) {
      await node[Symbol.asyncDispose]()
      throw new Error(`${node.name} does not start`, { cause: error })
    }
  }

  /** The folders, keys and disks that outlive the machine. */
  async #furnish(): Promise<void> {
    await mkdir(this.folder)
    await Promise.all([mkdir(this.home), mkdir(this.workFolder), makeKey(join(this.folder, 'host_ed25519'))])
    const { folder, imageStore } = this.#place
    const clock = this.#options.ownWallClock === true ? await makeWallClock(this.folder) : []
    await writeFile(join(this.folder, 'machine-id'), `${crypto.randomUUID().replaceAll('-', '')}\n`)
    await writeFile(
      join(this.folder, 'sshd_config'),
      sshdConfig({
        folder: this.folder,
        addresses: [this.address],
        port: 22,
        authorizedKeys: join(folder, 'id.pub'),
        config: this.#options.sshdConfig ?? [],
        environment: [...proxyVariables(), ...clock],
      }),
    )
    await makeWorkDisk(this.folder, this.#options)
    if (imageStore !== null) await linkImageStore(imageStore, dataRootOf(this.folder))
  }

  /** What its sshd says, since the machine was started. */
  get log(): string {
    return this.#machine?.log.text ?? ''
  }

  /** A line of known_hosts. */
  async hostKeyLine(): Promise<string> {
    return `${this.address} ${await readFile(join(this.folder, 'host_ed25519.pub'), 'utf8')}`
  }

  /** Runs a program on the node, past its sshd. */
  run(argv: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    return this.#running.run(argv, options)
  }

  /** Everything that runs there, containers included. */
  async processes(): Promise<readonly MachineProcess[]> {
    return (await this.#machine?.processes()) ?? []
  }

  /** What a run left: containers with our label, and processes that belong neither to sshd nor to the engine. */
  async leftovers(): Promise<{ readonly containers: readonly string[]; readonly processes: readonly string[] }> {
    const ofMachine = ['sshd', 'dockerd', 'containerd', 'docker-proxy']
    const processes = (await this.processes()).filter(({ name }) => !ofMachine.includes(name))
    const containers = this.#place.imageStore === null ? [] : await ourContainers(this.engine)
    return { containers, processes: processes.map(({ argv }) => argv.join(' ')) }
  }

  async cutLink(): Promise<void> {
    await mustRun(['ip', 'link', 'set', this.#cable, 'down'])
  }

  async healLink(): Promise<void> {
    await mustRun(['ip', 'link', 'set', this.#cable, 'up'])
  }

  /** From now on, by chance: 1 is a black hole, 0 lets all through. Containers' packets to the outside as well, unless it is of sshd. */
  async dropPackets(share: number, direction: Direction = 'both', of: 'all' | 'sshd' = 'all'): Promise<void> {
    await dropPackets(this.#running, share, direction, of)
  }

  /** In each direction. Null lifts it. */
  async throttle(kilobits: number | null): Promise<void> {
    await throttle(this.#running, this.#cable, kilobits)
  }

  /** Each packet by itself, each way: those that are less late overtake others. */
  async delay(lateness: Lateness): Promise<void> {
    await this.#place.network.delay(this.#place.index, lateness)
  }

  /** By so much, against this machine's; its engine and its containers go by this machine's. */
  async shiftWallClock(seconds: number): Promise<void> {
    await shiftWallClock(this.folder, seconds)
  }

  /** SIGKILL for the engine alone: its containers stay until it is started again. */
  async killDocker(): Promise<void> {
    await this.#killService('dockerd')
  }

  async startDocker(): Promise<void> {
    const settings = this.#options.engineSettings ?? {}
    await startNodeEngine(this.#running, { folder: this.folder, cgroup: this.#cgroup, settings })
  }

  /** As power that fails: sshd, engine, containers and whatever else runs there end at once. Its disks stay. */
  async killEverything(): Promise<void> {
    await this.#machine?.[Symbol.asyncDispose]()
    this.#machine = undefined
    await this.#place.network.unplug(this.#place.index)
  }

  /** Begins with the disks as they are; link faults are gone. */
  async restart(): Promise<void> {
    await this.killEverything()
    this.#machine = await Machine.start(this.name, this.folder)
    await this.#plug(this.#machine.pid)
    this.#sshdStarts = 0
    await this.#carryResolver()
    await this.#machine.order(this.#startScript())
    await this.#startSshd()
    if (this.#place.imageStore !== null) await this.startDocker()
  }

  /** Another key under the same address; known_hosts stays as it is. */
  async changeHostKey(): Promise<void> {
    const path = join(this.folder, 'host_ed25519')
    await rm(path)
    await makeKey(path)
    await this.#killService('sshd')
    await this.#startSshd()
  }

  /** Until nothing more fits on the disk of the work folder. */
  async fillDisk(): Promise<void> {
    if (this.#options.workDisk === undefined)
      throw new Error(`${this.name} has no workDisk, and this machine's is not ours to fill`)
    const fill = ['env', 'LC_ALL=C', 'dd', 'if=/dev/zero', `of=${this.#filler}`, 'bs=64K', 'conv=fsync']
    const { stderr } = await this.run(fill)
    if (!stderr.includes('No space left')) throw new Error(`the disk is not full: ${stderr}`)
  }

  async freeDisk(): Promise<void> {
    await this.#running.tell(['rm', this.#filler])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killEverything()
    if (this.#place.imageStore !== null) await removeCgroups(this.#cgroup)
  }

  get #running(): Machine {
    if (this.#machine === undefined) throw new Error(`${this.name} is down`)
    return this.#machine
  }

  get #cable(): string {
    return this.#place.network.cableOf(this.#place.index)
  }

  get #cgroup(): string {
    return `${this.#place.fleet}-${this.#place.index}`
  }

  get #filler(): string {
    return join(this.workFolder, '.filler')
  }

  #startScript(): string {
    const { gateway } = this.#place.network
    return [
      mountWorkFolder(this.folder, this.workFolder, this.#options),
      existsSync('/etc/machine-id') ? `mount --bind ${join(this.folder, 'machine-id')} /etc/machine-id` : ':',
      `ip addr add ${this.address}/24 dev eth0`,
      'ip link set eth0 up',
      `ip route add default via ${gateway}`,
    ].join('\n')
  }

  async #plug(pid: number): Promise<void> {
    const { network, index } = this.#place
    await (this.#options.lateCable === true ? network.plugLate(index, pid) : network.plug(index, pid))
  }

  /** Where the file of name servers is one of /run, which the machine has its own of. */
  async #carryResolver(): Promise<void> {
    const file = await realpath('/etc/resolv.conf')
    if (!file.startsWith('/run/')) return
    const copy = join(this.folder, file)
    await mkdir(dirname(copy), { recursive: true })
    await copyFile(file, copy)
  }

  async #startSshd(): Promise<void> {
    this.#sshdStarts += 1
    const config = join(this.folder, 'sshd_config')
    // Only the trial says at once that it does not like its configuration.
    await this.#running.order(`${sshdProgram} -t -f ${config}\n${sshdProgram} -D -e -f ${config} &`)
    await this.#running.log.until(new RegExp(`(?:Server listening on[^]*){${this.#sshdStarts}}`))
  }

  async #killService(name: string): Promise<void> {
    const machine = this.#running
    for (const { pid, parent, ...process } of await machine.processes())
      if (process.name === name && parent === machine.pid) signalIfThere(pid, 'SIGKILL')
  }
}

async function ourContainers(engine: Engine): Promise<readonly string[]> {
  const found = await engine.call<readonly { readonly Names: readonly string[] }[]>({
    method: 'GET',
    path: '/containers/json',
    query: { all: '1', filters: JSON.stringify({ label: [labelKeys.run] }) },
    doing: 'list containers',
  })
  return found.flatMap(({ Names }) => Names)
}

/** Where this machine gets out by a proxy only, so do its nodes. */
function proxyVariables(): readonly string[] {
  return ['http_proxy', 'https_proxy', 'no_proxy']
    .flatMap((name) => [name, name.toUpperCase()])
    .flatMap((name) => (process.env[name] ? [`${name}=${process.env[name]}`] : []))
}
