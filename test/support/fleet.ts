import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Engine } from '../../src/docker/engine.ts'
import type { Host } from '../../src/domain/host.ts'
import { ensureTestBaseImage } from './base-image.ts'
import { removeCgroups, topCgroups } from './cgroups.ts'
import { ensureImageStore } from './fleet-images.ts'
import { abandonedFleet, giveFleetNameBack, takeFleetName } from './fleet-names.ts'
import { FleetNetwork, removeAbandonedNetworks } from './fleet-network.ts'
import { makeKey, sshdProgram } from './sshd.ts'
import { TestNode, type TestNodeOptions } from './test-node.ts'

export interface TestFleetOptions {
  /** How many, or what is special about each. */
  readonly nodes: number | readonly TestNodeOptions[]
  /** Each has an engine of its own, and reaches what this machine reaches. */
  readonly docker: boolean
  /** Images of `imagesFrom` that every engine has at the start; by default the base image of the tests. */
  readonly images?: readonly string[]
  /** This machine's engine by default. */
  readonly imagesFrom?: Engine
  /** In whole seconds; 20 by default. */
  readonly connectTimeoutMs?: number
}

/** On a disk, also where /tmp is memory; short, since paths of sockets are. */
const home = '/var/tmp'

/**
 * Machines within this one, each with an address, processes and mounts of its own, and faults to order. They end with
 * this process, however that ends; what a killed one leaves of interfaces, rules and files the next start removes.
 */
export class TestFleet implements AsyncDisposable {
  readonly folder: string
  /** Every node, as `openswe … --hosts` takes them. */
  readonly hostsFile: string
  readonly knownHosts: string
  readonly nodes: readonly TestNode[]
  readonly #parts: AsyncDisposable

  private constructor(folder: string, nodes: readonly TestNode[], parts: AsyncDisposable) {
    this.folder = folder
    this.nodes = nodes
    this.hostsFile = join(folder, 'hosts.toml')
    this.knownHosts = join(folder, 'known_hosts')
    this.#parts = parts
  }

  static async start(options: TestFleetOptions): Promise<TestFleet> {
    requireTools(options)
    await removeAbandoned()
    const name = takeFleetName()
    await using undo = new AsyncDisposableStack()
    undo.defer(() => giveFleetNameBack(name))
    const folder = join(home, name)
    undo.defer(() => rm(folder, { recursive: true, force: true }))
    await mkdir(folder, { mode: 0o755 })
    await makeKey(join(folder, 'id'))
    const imageStore = options.docker ? await storeOf(options, name) : null
    const network = undo.use(await FleetNetwork.start(name, { reachesOutside: options.docker }))
    const { connectTimeoutMs = 20_000 } = options
    const place = { fleet: name, folder, network, imageStore, connectTimeoutMs }
    const nodes = await startAll(
      optionsOfEach(options).map((node, at) => () => TestNode.start({ ...place, index: at + 1 }, node)),
      undo,
    )
    await writeFile(join(folder, 'known_hosts'), await knownHostsOf(nodes))
    await writeFile(join(folder, 'hosts.toml'), hostsToml(nodes, connectTimeoutMs))
    return new TestFleet(folder, nodes, undo.move())
  }

  get hosts(): readonly Host[] {
    return this.nodes.map(({ host }) => host)
  }

  /** The node by its place in hosts.toml, from 1. */
  node(index: number): TestNode {
    const node = this.nodes[index - 1]
    if (node === undefined) throw new Error(`no node ${index} in a fleet of ${this.nodes.length}`)
    return node
  }

  /** The keys that the nodes have now, or another text. */
  async writeKnownHosts(text?: string): Promise<void> {
    await writeFile(this.knownHosts, text ?? (await knownHostsOf(this.nodes)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]()
  }
}

const optionsOfEach = ({ nodes }: TestFleetOptions): readonly TestNodeOptions[] =>
  typeof nodes === 'number' ? Array.from({ length: nodes }, () => ({})) : nodes

/** All that started are ended by `undo`, all at once; the first that did not is thrown. */
async function startAll(
  starts: readonly (() => Promise<TestNode>)[],
  undo: AsyncDisposableStack,
): Promise<readonly TestNode[]> {
  const ends = await Promise.allSettled(starts.map((start) => start()))
  const nodes = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  undo.defer(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))
  })
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return nodes
}

async function storeOf({ images, imagesFrom }: TestFleetOptions, name: string): Promise<string> {
  const engine = imagesFrom ?? Engine.connect()
  return ensureImageStore({ engine, images: images ?? [await ensureTestBaseImage(engine)], folder: home, name })
}

/** What each tool is in, of Debian's packages. */
const packages = { ip: 'iproute2', tc: 'iproute2', unshare: 'util-linux', nsenter: 'util-linux', bash: 'bash' }
const packagesForDocker = { iptables: 'iptables', dockerd: 'docker.io' }

function requireTools({ docker }: TestFleetOptions): void {
  if (process.getuid?.() !== 0) throw new Error('only root can start a test fleet: it makes network namespaces')
  const tools = { ...packages, [sshdProgram]: 'openssh-server', ...(docker ? packagesForDocker : {}) }
  const missing = Object.entries(tools).flatMap(([tool, from]) => (Bun.which(tool) === null ? [from] : []))
  if (missing.length > 0) throw new Error(`a test fleet needs: apt-get install ${[...new Set(missing)].join(' ')}`)
}

async function removeAbandoned(): Promise<void> {
  const isAbandoned = (name: string) => abandonedFleet(name) !== undefined
  await removeAbandonedNetworks(isAbandoned)
  for (const { name } of await topCgroups()) if (isAbandoned(name)) await removeCgroups(name)
  for (const name of await readdir(home))
    if (isAbandoned(name)) await rm(join(home, name), { recursive: true, force: true })
}

async function knownHostsOf(nodes: readonly TestNode[]): Promise<string> {
  return (await Promise.all(nodes.map((node) => node.hostKeyLine()))).join('')
}

function hostsToml(nodes: readonly TestNode[], connectTimeoutMs: number): string {
  const defaults = [
    '[defaults]',
    'user = "root"',
    'identity = "id"',
    'known_hosts = "known_hosts"',
    'ssh_config = "/dev/null"',
    `connect_timeout = "${connectTimeoutMs / 1000}s"`,
  ]
  const tables = nodes.flatMap(({ host: { name, address, workFolder, slots } }) => [
    '[[host]]',
    ...Object.entries({ name, address, work_folder: workFolder, slots })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
  ])
  return `${[...defaults, ...tables].join('\n')}\n`
}
