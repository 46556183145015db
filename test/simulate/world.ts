import type { FaultPolicy } from '../../src/domain/attempt.ts'
import { Asked } from './asked.ts'
import { Books } from './books.ts'
import { ControlLife } from './control-life.ts'
import { doFault } from './faults.ts'
import { Host } from './host.ts'
import type { Mutation } from './mutation.ts'
import { Random } from './random.ts'
import { type LineFault, lineFaults, type Scenario, scenarioOf } from './scenario.ts'
import { Timeline } from './timeline.ts'
import { Violation, Watch } from './watch.ts'
import { Watcher } from './watcher.ts'

export interface Simulated {
  readonly seed: number
  readonly hash: string
  readonly faults: ReadonlyMap<string, number>
  readonly checks: ReadonlyMap<string, number>
  readonly endedAtMs: number
  /** Null where all held. */
  readonly violation: { readonly invariant: string; readonly why: string; readonly atMs: number } | null
}

export interface SimulateOptions {
  readonly mutation?: Mutation
  /** Shown each line of the trace. */
  readonly show?: (line: string) => void
}

/** All of a run that would be machines, networks and time. */
export class World {
  readonly scenario: Scenario
  readonly mutation: Mutation
  readonly random: Random
  readonly timeline = new Timeline()
  readonly watch: Watch
  readonly watcher: Watcher
  readonly asked: Asked
  readonly books: Books
  readonly hosts: readonly Host[]
  readonly policy: FaultPolicy = { maxFaults: 3, waitsMs: [2000, 15_000] }
  control: ControlLife | null = null
  isEnding = false
  isOver = false
  #epoch = 0
  #calls = 0
  #heals: (() => void)[] = []
  readonly #mostSlots = new Map<string, number>()

  constructor(scenario: Scenario, { mutation = {}, show }: SimulateOptions) {
    this.scenario = scenario
    this.mutation = mutation
    this.random = new Random(scenario.seed + 0x5eed)
    this.watch = new Watch(show ?? null)
    this.watcher = new Watcher(this)
    this.asked = new Asked(this)
    this.books = new Books({
      plans: scenario.attempts,
      policy: this.policy,
      watch: this.watch,
      mutation,
      onLeaseGone: (attempt, lease) => this.watcher.leaseGone(attempt, lease),
    })
    this.hosts = scenario.hosts.map((plan) => new Host(this, plan))
    this.#beginControl()
    if (scenario.faults.length > 0) this.#nextFault()
    this.timeline.at(scenario.healedAtMs, () => this.#heal())
  }

  note(what: string): void {
    this.watch.note(this.timeline.nowMs, what)
  }

  newCall(): string {
    this.#calls += 1
    return `c${this.#calls}`
  }

  /** What a fault did ends then, or when all is healed. */
  healAfter(waitMs: number, heal: () => void): void {
    this.#heals.push(heal)
    this.timeline.after(waitMs, heal)
  }

  slotsAsked(host: Host, slots: number): void {
    this.#mostSlots.set(host.plan.name, Math.max(slots, this.#mostSlots.get(host.plan.name) ?? 0))
  }

  readonly mostSlots = (host: Host): number => Math.max(host.plan.slots, this.#mostSlots.get(host.plan.name) ?? 0)

  /** A life of control is over: by its own will, or not. */
  controlEnded(life: ControlLife): void {
    if (this.control !== life) return
    this.control = null
    this.books.doNotCrash()
    this.watcher.disturbed()
    if (life.ending?.kind === 'finished') {
      this.isEnding = true
      this.#endWhenQuiet(this.timeline.nowMs + this.scenario.times.abandonedMs + leftMs)
      return
    }
    this.timeline.after(this.random.between(1, 120) * 1000, () => this.#beginControl())
  }

  /** What the network does to the next line, where messages travel as lines; null does nothing. */
  nextLineFault(): LineFault | null {
    if (this.timeline.nowMs >= this.scenario.healedAtMs || !this.random.chance(0.003)) return null
    const kind = this.random.pick(lineFaults)
    this.watch.fault(kind)
    return kind
  }

  #beginControl(): void {
    if (this.isEnding) return
    this.#epoch += 1
    this.control = new ControlLife(this, this.#epoch)
    this.control.begin()
  }

  #endWhenQuiet(latestMs: number): void {
    this.timeline.after(10_000, () => {
      if (this.hosts.some(({ process }) => process !== null) && this.timeline.nowMs < latestMs) {
        this.#endWhenQuiet(latestMs)
        return
      }
      this.watcher.atEnd()
      this.isOver = true
    })
  }

  #nextFault(): void {
    this.timeline.after(this.random.gap(this.scenario.faultGapMs), () => {
      if (this.timeline.nowMs >= this.scenario.healedAtMs || this.isEnding) return
      const kind = this.random.pick(this.scenario.faults)
      const host = this.random.pick(this.hosts)
      this.note(`fault: ${kind}, ${host.plan.name}`)
      this.watch.fault(kind)
      this.watcher.disturbed()
      doFault[kind](this, host)
      this.#nextFault()
    })
  }

  #heal(): void {
    this.note('all is healed')
    this.books.doNotCrash()
    for (const heal of this.#heals) heal()
    for (const host of this.hosts) {
      if (host.unreachableUntilMs < Number.POSITIVE_INFINITY) host.unreachableUntilMs = 0
      host.diskFullUntilMs = 0
      host.stormUntilMs = 0
    }
  }
}

/** After what was left alone gave up: detached, stopped or asleep it may have been until then. */
const leftMs = 80 * 60_000

/** Liveness: so long after all is healed, and for as long as all would take one after the other on a slow node. */
const boundMs = 2 * 60 * 60_000
const slowest = 8

/** One run from the first second to the last, the same for the same seed. */
export function simulate(seed: number, options: SimulateOptions = {}): Simulated {
  const scenario = scenarioOf(seed)
  const workMs = scenario.attempts.flatMap(({ iterationMs }) => iterationMs).reduce((sum, ms) => sum + ms, 0)
  const latestMs = scenario.healedAtMs + boundMs + slowest * workMs
  let world: World | null = null
  let violation: Simulated['violation'] = null
  try {
    world = new World(scenario, options)
    while (!world.isOver && world.timeline.nowMs <= latestMs && world.timeline.step());
    if (!world.isOver) {
      world.watcher.atEnd()
      throw new Violation('I6 the run ends', 'it does not')
    }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    violation = { invariant: error.invariant, why: error.message, atMs: world?.timeline.nowMs ?? 0 }
  }
  if (world === null) throw new Error(`seed ${seed}: ${violation?.why}`)
  const { faults, checks, hash } = world.watch
  return { seed, hash, faults, checks, endedAtMs: world.timeline.nowMs, violation }
}
