import { Disk } from './disk.ts'
import { NodeProcess } from './node-process.ts'
import type { HostPlan } from './scenario.ts'
import type { World } from './world.ts'

/** A machine: what stays when its node process ends. */
export class Host {
  readonly plan: HostPlan
  readonly disk = new Disk()
  readonly #world: World
  #process: NodeProcess | null = null
  #boots = 0
  #sleptMs = 0
  /** How many times longer than planned it takes for what it does now. */
  slowness: number
  /** Whoever connects fails until then. */
  unreachableUntilMs = 0
  diskFullUntilMs = 0
  /** Until then every attempt here meets a fault. */
  stormUntilMs = 0
  extraDelayMs = 0

  constructor(world: World, plan: HostPlan) {
    this.#world = world
    this.plan = plan
    this.slowness = plan.slowness
  }

  /** The node process; null where none runs. */
  get process(): NodeProcess | null {
    return this.#process?.isAlive === true ? this.#process : null
  }

  get isReachable(): boolean {
    return this.#world.timeline.nowMs >= this.unreachableUntilMs
  }

  get isDiskFull(): boolean {
    return this.#world.timeline.nowMs < this.diskFullUntilMs
  }

  get hasStorm(): boolean {
    return this.#world.timeline.nowMs < this.stormUntilMs
  }

  /** What its monotonic clock shows: it stands while the machine sleeps. */
  clockMs(): number {
    const { offsetMs, rate } = this.plan
    return Math.round(offsetMs + 1e9 + (this.#world.timeline.nowMs - this.#sleptMs) * rate)
  }

  slept(durationMs: number): void {
    this.#sleptMs += durationMs
  }

  /** The one that runs, or a new one. */
  attach(): NodeProcess {
    if (this.process !== null) return this.process
    this.#boots += 1
    this.#process = new NodeProcess(this.#world, this, `${this.plan.name}.${this.#boots}`)
    return this.#process
  }
}
