import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runProcess } from '../../src/util/process.ts'
import { mustRun } from './must-run.ts'

/** Without taps no cable is ever late. */
export const hasLateCables = existsSync('/dev/net/tun')

/** A bridge with a network of its own, whose nodes are cables to it. */
export class FleetNetwork implements AsyncDisposable {
  readonly name: string
  /** The first three numbers of every address. */
  readonly #prefix: string
  readonly #rules: readonly FirewallRule[]
  readonly #carriers = new Map<number, Bun.Subprocess<'pipe', 'pipe', 'inherit'>>()

  private constructor(name: string, prefix: string, rules: readonly FirewallRule[]) {
    this.name = name
    this.#prefix = prefix
    this.#rules = rules
  }

  /** Where `reachesOutside`, its nodes get out as this machine itself does. */
  static async start(name: string, { reachesOutside }: { readonly reachesOutside: boolean }): Promise<FleetNetwork> {
    const prefix = await freePrefix()
    const network = new FleetNetwork(name, prefix, reachesOutside ? outsideRules(name, `${prefix}.0/24`) : [])
    try {
      await ip(`link add ${name} type bridge`, `addr add ${network.gateway}/24 dev ${name}`, `link set ${name} up`)
      if (reachesOutside) await Bun.write('/proc/sys/net/ipv4/ip_forward', '1')
      for (const { table, chain, words } of network.#rules)
        await mustRun(['iptables', '-w', '-t', table, '-I', chain, ...words])
      return network
    } catch (error) {
      await network[Symbol.asyncDispose]()
      throw error
    }
  }

  get gateway(): string {
    return `${this.#prefix}.1`
  }

  addressOf(node: number): string {
    return `${this.#prefix}.${node + 1}`
  }

  /** This end of a node's cable. */
  cableOf(node: number): string {
    return `${this.name}-${node}`
  }

  /** Gives the network of that process an `eth0`, still without an address. */
  async plug(node: number, pid: number): Promise<void> {
    const cable = this.cableOf(node)
    await ip(
      `link add ${cable} type veth peer name eth0 address ${macOf(node)} netns ${pid}`,
      `link set ${cable} master ${this.name} up`,
    )
  }

  /** As `plug`, by a cable that can be told how late it is. */
  async plugLate(node: number, pid: number): Promise<void> {
    const cable = this.cableOf(node)
    const words = [cable, `${cable}-`, String(pid), macOf(node)]
    const carrier = Bun.spawn(['python3', join(import.meta.dir, 'late-cable.py'), ...words], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#carriers.set(node, carrier)
    const { done } = await carrier.stdout.getReader().read()
    if (done) throw new Error('no late cable can be made')
    await ip(`link set ${cable} master ${this.name} up`)
  }

  async delay(node: number, { leastMs, mostMs }: Lateness): Promise<void> {
    const carrier = this.#carriers.get(node)
    if (carrier === undefined) throw new Error(`the cable of node ${node} is never late`)
    carrier.stdin.write(`${leastMs} ${mostMs}\n`)
    await carrier.stdin.flush()
  }

  /** A network that ended takes its cables with it, only some time later. */
  async unplug(node: number): Promise<void> {
    const carrier = this.#carriers.get(node)
    this.#carriers.delete(node)
    carrier?.kill('SIGKILL')
    await carrier?.exited
    await removeLinks([this.cableOf(node)])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { table, chain, words } of this.#rules)
      await tryRun(['iptables', '-w', '-t', table, '-D', chain, ...words])
    const links = await linkNames()
    await removeLinks(links.filter((link) => link === this.name || link.startsWith(`${this.name}-`)))
  }
}

/** Removes the interfaces and the rules of fleets whose process is gone. */
export async function removeAbandonedNetworks(isAbandoned: (name: string) => boolean): Promise<void> {
  await removeLinks((await linkNames()).filter(isAbandoned))
  if (Bun.which('iptables') === null) return
  for (const table of ['filter', 'nat']) {
    const rules = (await mustRun(['iptables', '-w', '-t', table, '-S'])).split('\n')
    for (const rule of rules) {
      const comment = /--comment "?(osw[^\s"]+)/.exec(rule)?.[1]
      if (comment === undefined || !isAbandoned(comment)) continue
      await tryRun(['iptables', '-w', '-t', table, ...rule.replace(/^-A/, '-D').replaceAll('"', '').split(' ')])
    }
  }
}

/** How long a packet takes, each way. */
export interface Lateness {
  readonly leastMs: number
  readonly mostMs: number
}

/** The same after a restart: neighbours remember it. */
function macOf(node: number): string {
  return `02:05:e0:00:00:${node.toString(16).padStart(2, '0')}`
}

interface FirewallRule {
  readonly table: 'filter' | 'nat'
  readonly chain: string
  readonly words: readonly string[]
}

/** Docker's own rules let nothing through that is not to its own networks. */
function outsideRules(name: string, subnet: string): readonly FirewallRule[] {
  const comment = ['-m', 'comment', '--comment', name]
  return [
    { table: 'filter', chain: 'FORWARD', words: ['-i', name, ...comment, '-j', 'ACCEPT'] },
    { table: 'filter', chain: 'FORWARD', words: ['-o', name, ...comment, '-j', 'ACCEPT'] },
    { table: 'nat', chain: 'POSTROUTING', words: ['-s', subnet, '!', '-o', name, ...comment, '-j', 'MASQUERADE'] },
  ]
}

/** Three numbers of a private network that no route of this machine knows; by chance, so that two starts do not meet. */
async function freePrefix(): Promise<string> {
  const routes = await mustRun(['ip', '-4', 'route', 'show', 'table', 'all'])
  for (let tries = 0; tries < 100; tries += 1) {
    const second = 64 + Math.floor(Math.random() * 128)
    const prefix = `10.${second}.${Math.floor(Math.random() * 256)}`
    if (!routes.includes(` ${prefix}.`) && !new RegExp(`^(?:10\\.${second}\\.0\\.0|10\\.0\\.0\\.0)/`, 'm').test(routes))
      return prefix
  }
  throw new Error('no private network is free: this machine has routes to all of 10.64.0.0 to 10.191.0.0')
}

async function linkNames(): Promise<readonly string[]> {
  const links: readonly { readonly ifname: string }[] = JSON.parse(await mustRun(['ip', '-json', 'link', 'show']))
  return links.map((link) => link.ifname)
}

async function removeLinks(links: readonly string[]): Promise<void> {
  await tryRun(['ip', '-force', '-batch', '-'], links.map((link) => `link del ${link}\n`).join(''))
}

async function ip(...commands: readonly string[]): Promise<void> {
  await mustRun(['ip', '-batch', '-'], { stdin: `${commands.join('\n')}\n` })
}

/** For what may be gone already. */
async function tryRun(argv: readonly string[], stdin = ''): Promise<void> {
  await runProcess(argv, { stdin })
}
