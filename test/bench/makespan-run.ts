import { Control, type ControlEffect } from '../../src/control/control.ts'
import type { Ledger } from '../../src/control/ledger.ts'
import { type Attempt, freshAttempt } from '../../src/domain/attempt.ts'
import type { NodeMessage, NodeReport, Order, Task } from '../../src/domain/message.ts'
import type { ProtocolTimes } from '../../src/domain/protocol-times.ts'
import { type LeaseOrder, Node, type NodeEffect } from '../../src/node/node.ts'
import type { StoredAttempt } from '../../src/store/attempts.ts'
import { Random } from '../simulate/random.ts'
import { Timeline } from '../simulate/timeline.ts'
import { anInstance, anIteration, someSettings } from '../support/run-values.ts'
import type { FleetLoad, Machine } from './makespan-fleet.ts'

export interface Ran {
  readonly makespanMs: number
  /** Leases that were given back before they began. */
  readonly stolen: number
  readonly leases: number
}

export interface RunOptions {
  readonly ahead?: number
  /** The first node is there so much earlier than the others. */
  readonly firstAloneMs?: number
  /** Where it is false, nothing that is asked back comes back. */
  readonly isStealing?: boolean
}

/** Slower than in life, where nothing is asked but when what is done: the same rules at a sixth of the messages. */
const times: ProtocolTimes = {
  leaseMs: 720_000,
  marginMs: 36_000,
  graceMs: 180_000,
  heartbeatMs: 60_000,
  silenceMs: 150_000,
  greetMs: 150_000,
  idleMs: 1e12,
  abandonedMs: 1e12,
}
const tickMs = 30_000
const iterations = 4
const record = anIteration(1)

interface Row {
  attempt: StoredAttempt['attempt']
  readonly repo: string
  iterations: number
}

class Books implements Ledger {
  readonly rows: readonly Row[]
  leases = 0
  readonly #marks = new Map<string, number>()

  constructor({ loads }: FleetLoad) {
    this.rows = loads.map(({ repo }) => ({ attempt: freshAttempt, repo, iterations: 0 }))
  }

  transaction<T>(work: () => T): T {
    return work()
  }

  open() {
    return this.rows.map(({ attempt, repo }, index) => ({
      attempt_id: index + 1,
      repo,
      kind: 'synthesis' as const,
      author: 'rules' as const,
      attempt: attempt as Attempt<never>,
    }))
  }

  times() {
    return []
  }

  get(attempt: number): StoredAttempt | undefined {
    const row = this.rows[attempt - 1]
    if (row === undefined) return undefined
    const origin = { attempt_id: attempt, instance_id: '', row_digest: '' }
    return { ...origin, kind: 'synthesis', author: 'rules', attempt: row.attempt as Attempt }
  }

  save(attempt: number, state: StoredAttempt['attempt']): void {
    const row = this.rows[attempt - 1]
    if (row !== undefined) row.attempt = state
  }

  markApplied(_node: string, boot: string, sequence: number): boolean {
    if (sequence <= (this.#marks.get(boot) ?? 0)) return false
    this.#marks.set(boot, sequence)
    return true
  }

  keep(event: NodeReport): void {
    const row = this.rows[event.attempt - 1]
    if (row !== undefined && event.type === 'iteration') row.iterations = Math.max(row.iterations, event.record.number)
  }

  isRolloutOf(): boolean {
    return false
  }

  lease({ attempt_id }: StoredAttempt): Task {
    this.leases += 1
    const row = this.rows[attempt_id - 1]
    const instance = { ...anInstance('x'), repo: row?.repo ?? '' }
    const resume = Array.from({ length: row?.iterations ?? 0 }, () => record)
    return { kind: 'synthesis', instance, author: 'rules', settings: someSettings, references: [], resume }
  }

  spare(): readonly number[] {
    return []
  }

  savedNode() {
    return null
  }

  saveNode(): void {}

  isPaused(): boolean {
    return false
  }

  savePaused(): void {}
}

/** The run of a fleet in virtual time: the control and the nodes that ship, on links without delay. */
export function runFleet(
  load: FleetLoad,
  seed: number,
  { ahead = 2, firstAloneMs = 0, isStealing = true }: RunOptions = {},
): Ran {
  const timeline = new Timeline()
  const random = new Random(seed)
  const books = new Books(load)
  const setup = { slots: null, ahead, repos: '', buildTimeoutMs: 1, checkoutDepth: 1, limits: {}, publication: null }
  const control = new Control({
    ledger: books,
    runId: 'r1',
    epoch: 1,
    policy: { maxFaults: 3, waitsMs: [2000, 15_000] },
    times,
    nodes: load.machines.map(({ node }) => node),
    setupOf: () => setup,
    nowMs: 0,
  })
  let endedAtMs: number | null = null
  const nodes = new Map<string, BenchNode>()
  const connections = new Map(load.machines.map(({ node }, index) => [node, index + 1]))
  const connectionOf = (node: string) => connections.get(node) ?? 0
  const perform = (effects: readonly ControlEffect[]) => {
    for (const effect of effects) {
      if (effect.kind === 'send') {
        if (effect.order.type === 'revoke' && !effect.order.evenRunning && !isStealing) continue
        timeline.after(0, () => nodes.get(effect.node)?.receive(effect.order))
      }
      if (effect.kind === 'ended') endedAtMs = timeline.nowMs
    }
  }
  const receive = (node: string, message: NodeMessage) =>
    timeline.after(0, () => perform(control.receive(node, connectionOf(node), message, timeline.nowMs)))
  for (const machine of load.machines)
    nodes.set(machine.node, new BenchNode({ machine, load, timeline, random, receive }))
  for (const [index, { node }] of load.machines.entries()) {
    timeline.at(index === 0 ? 0 : firstAloneMs, () => perform(control.connected(node, index + 1, timeline.nowMs)))
  }
  const tick = () => {
    perform(control.tick(timeline.nowMs))
    for (const node of nodes.values()) node.tick()
    timeline.after(tickMs, tick)
  }
  tick()
  while (endedAtMs === null && timeline.step());
  const stolen = control.nodes(timeline.nowMs).reduce((sum, view) => sum + view.stolen, 0)
  return { makespanMs: endedAtMs ?? Number.POSITIVE_INFINITY, stolen, leases: books.leases }
}

interface BenchNodeOptions {
  readonly machine: Machine
  readonly load: FleetLoad
  readonly timeline: Timeline
  readonly random: Random
  readonly receive: (node: string, message: NodeMessage) => void
}

class BenchNode {
  readonly #options: BenchNodeOptions
  readonly #node: Node
  readonly #running = new Map<string, { isAborted: boolean }>()

  constructor(options: BenchNodeOptions) {
    this.#options = options
    const { node, slots } = options.machine
    this.#node = new Node({ node, boot: node, slots, times, kept: [] })
  }

  receive(order: Order): void {
    if (this.#isAlive) this.#perform(this.#node.receive(1, order, this.#nowMs))
  }

  tick(): void {
    if (this.#isAlive) this.#perform(this.#node.tick(this.#nowMs))
  }

  get #nowMs(): number {
    return this.#options.timeline.nowMs
  }

  get #isAlive(): boolean {
    return this.#nowMs < this.#options.machine.lostAtMs
  }

  #perform(effects: readonly NodeEffect[]): void {
    const { machine, receive } = this.#options
    for (const effect of effects) {
      if (effect.kind === 'send') receive(machine.node, effect.message)
      else if (effect.kind === 'start') this.#start(effect.lease)
      else if (effect.kind === 'abort') {
        const job = this.#running.get(`${effect.lease.attempt}/${effect.lease.generation}`)
        if (job === undefined || job.isAborted) continue
        job.isAborted = true
        this.#later(1000, () => this.#end({ ...effect.lease, type: 'released' }))
      }
    }
  }

  #later(waitMs: number, work: () => void): void {
    this.#options.timeline.after(waitMs, () => {
      if (this.#isAlive) work()
    })
  }

  #start({ attempt, generation, task }: LeaseOrder): void {
    const { load, machine, random } = this.#options
    const job = { isAborted: false }
    this.#running.set(`${attempt}/${generation}`, job)
    const done = task.kind === 'synthesis' ? task.resume.length : 0
    const stepMs = (load.loads[attempt - 1]?.workMs ?? 0) / iterations / machine.speed
    const failsAt = random.chance(load.faultShare) ? done + random.next() * (iterations - done) : iterations
    const key = { attempt, generation }
    const report = (what: NodeReport) => this.#perform(this.#node.report(what, this.#nowMs))
    this.#later(0, () => report({ ...key, type: 'stage', stage: 'build', iteration: done + 1, state: 'started' }))
    for (let step = done + 1; step <= Math.floor(failsAt); step += 1) {
      this.#later((step - done) * stepMs, () => {
        if (!job.isAborted) report({ ...key, type: 'iteration', record: { ...record, number: step } })
      })
    }
    this.#later((failsAt - done) * stepMs, () => {
      if (job.isAborted) return
      const fault = { kind: 'model-unreachable', message: '' } as const
      const result = { verdict: { kind: 'unsolvable', explanation: '' }, iterations } as const
      this.#end(failsAt < iterations ? { ...key, type: 'faulted', fault } : { ...key, type: 'settled', result })
    })
  }

  #end(report: NodeReport): void {
    this.#running.delete(`${report.attempt}/${report.generation}`)
    this.#perform(this.#node.report(report, this.#nowMs))
  }
}
