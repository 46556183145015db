import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askTail } from '../../src/cli/control-client.ts'
import { type WrittenDemo, writeDemo } from '../../src/demo/write-demo.ts'
import type { FaultNote } from '../../src/domain/attempt.ts'
import { listNodes, type NodeRow } from '../../src/store/nodes.ts'
import { latestRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { builtOpenswe } from './built-openswe.ts'
import { ControlProcess } from './control-process.ts'
import { signalIfThere } from './machine.ts'
import { TestPty } from './pty.ts'
import type { TestNode } from './test-node.ts'

const lookEveryMs = 100

/** Of the demonstration's, some for each verdict; without those that take longest. */
export const sevenInstances = [
  'textwidth-1',
  'clockspan-2',
  'sumcsv-4',
  'slugline-6',
  'weighbridge-7',
  'linkprobe-8',
  'ledgerly-9',
].map((name) => `openswe-demo__${name}`)

/** The demonstration's instances, and control processes over one database that have them done on a fleet. */
export class FleetBench implements AsyncDisposable {
  readonly folder: string
  readonly database: string
  /** `accepted` or why not, by instance, as on one machine. */
  readonly expected: Readonly<Record<string, string>>
  readonly #program: string
  readonly #demo: WrittenDemo
  readonly #controls: ControlProcess[] = []

  private constructor(folder: string, program: string, demo: WrittenDemo) {
    this.folder = folder
    this.database = join(folder, 'run.db')
    this.expected = demo.expected
    this.#program = program
    this.#demo = demo
  }

  static async open(): Promise<FleetBench> {
    const program = await builtOpenswe()
    // A node has a /tmp of its own: it does not reach these repositories.
    const folder = await mkdtemp(join(tmpdir(), 'openswe-fleet-'))
    return new FleetBench(folder, program, await writeDemo(folder))
  }

  /** Starts `openswe run` on the machines of the file: from now on this is the control that is waited for. */
  run(hostsFile: string, ...words: readonly string[]): ControlProcess {
    const control = this.another(hostsFile, ...words)
    this.#controls.push(control)
    return control
  }

  /** One that is the caller's to end. */
  another(hostsFile: string, ...words: readonly string[]): ControlProcess {
    const what = ['run', this.#demo.instancesFile, '--repos', this.#demo.reposTemplate, '--hosts', hostsFile]
    const how = ['--db', this.database, '--cache', join(this.folder, 'cache'), '--repeats', '10', '--json']
    return new ControlProcess([this.#program, ...what, ...how, ...words], this.folder)
  }

  /** A screen on a terminal of its own, which is the caller's to end. */
  watch(): TestPty {
    const argv = [this.#program, 'watch', '--db', this.database]
    return new TestPty(argv, { columns: 100, rows: 30, cwd: this.folder })
  }

  /** What is printed now by some attempt that runs, or ran just now. */
  async printed(): Promise<string> {
    const sql = "select attempt_id from attempts where state = 'running'"
    const rows = await this.read((store) => store.all<{ attempt_id: number }>(sql))
    const texts = await Promise.all(rows.map(({ attempt_id }) => askTail(this.database, attempt_id)))
    return texts.filter((text) => text !== null).join('')
  }

  /** The newest control process. */
  get last(): ControlProcess {
    const control = this.#controls.at(-1)
    if (control === undefined) throw new Error('no run was begun')
    return control
  }

  /** What every control process printed so far, oldest first. */
  get lines() {
    return this.#controls.flatMap(({ lines }) => lines)
  }

  async read<T>(look: (store: Store, runId: string) => T): Promise<T> {
    using store = await openStore(this.database, 'read')
    const run = latestRun(store)
    if (run === undefined) throw new Error('no run began')
    return look(store, run.run_id)
  }

  /** Waits until a node is as asked for, as control writes it down. Throws where the newest control process ends before. */
  async untilNode(name: string, isThere: (row: NodeRow) => boolean): Promise<void> {
    await this.until(async () => {
      const rows = await this.read((store, runId) => listNodes(store, runId)).catch(() => [])
      return rows.some((row) => row.node === name && isThere(row))
    })
  }

  /** Heard of by the newest control process, and up. */
  async untilUp(name: string): Promise<void> {
    const { startedAtMs } = this.last
    await this.untilNode(name, ({ state, heardAtMs }) => state === 'up' && (heardAtMs ?? 0) > startedAtMs)
  }

  async untilAtWork(name: string): Promise<void> {
    await this.untilUp(name)
    await this.untilNode(name, ({ state, running }) => state === 'up' && running > 0)
  }

  /** Looks again and again. Throws where the control process ends before; by default it is the newest. */
  async until(isSo: () => Promise<boolean> | boolean, control: ControlProcess | null = this.last): Promise<void> {
    while (!(await isSo())) {
      if (control !== null && control.exitCode !== null) {
        throw new Error(`control ended with ${control.exitCode} before: ${control.err.text}${control.out.text}`)
      }
      await Bun.sleep(lookEveryMs)
    }
  }

  /** What ended tries on a node, oldest first. */
  async faultsOn({ name }: TestNode): Promise<readonly string[]> {
    const rows = await this.read((store) => store.all<{ faults: string }>('select faults from attempts'))
    const faults = rows.flatMap((row): FaultNote[] => JSON.parse(row.faults))
    return faults.filter(({ node }) => node === name).map(({ kind }) => kind)
  }

  /** How each instance stands: `accepted`, `rejected: …`, or the state of what is not over. */
  outcomes(): Promise<Readonly<Record<string, string>>> {
    return this.read((store) => {
      const sql = 'select instance_id, state, outcome, reason from attempts order by attempt_id'
      const rows = store.all<{ instance_id: string; state: string; outcome: string | null; reason: string | null }>(sql)
      return Object.fromEntries(
        rows.map(({ instance_id, state, outcome, reason }) => [
          instance_id,
          reason === null ? (outcome ?? state) : `${outcome}: ${reason}`,
        ]),
      )
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const control of this.#controls) await control[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** The processes of ours on a node: `serve` is the node's own, `attach` a bridge to it. */
export async function oursOn(node: TestNode, action: 'serve' | 'attach'): Promise<readonly number[]> {
  const ours = (await node.processes()).filter(({ argv }) => argv[1] === 'node' && argv[2] === action)
  const pids = new Set(ours.map(({ pid }) => pid))
  // A child is a copy until it has become another program.
  return ours.filter(({ parent }) => !pids.has(parent)).map(({ pid }) => pid)
}

export async function signalOurs(node: TestNode, action: 'serve' | 'attach', signal: NodeJS.Signals): Promise<void> {
  const pids = await oursOn(node, action)
  if (pids.length === 0) throw new Error(`no \`node ${action}\` on ${node.name}`)
  for (const pid of pids) signalIfThere(pid, signal)
}

/** Waits until the node's process has tidied up and ended, and nothing of ours runs. */
export async function untilNothingRuns(node: TestNode): Promise<void> {
  for (;;) {
    const { containers, processes } = await node.leftovers()
    // An engine that is killed while it begins a container may leave a half of it that it does not know itself.
    const ours = processes.filter((argv) => !/containerd-shim|^runc init$/.test(argv))
    if (containers.length + ours.length === 0) return
    await Bun.sleep(lookEveryMs)
  }
}
