import { type DiskRoom, engineDisk } from '../docker/disk.ts'
import type { Engine } from '../docker/engine.ts'
import { pingEngine } from '../docker/ping.ts'
import type { NodeFacts } from '../domain/node-facts.ts'
import { type Clock, realClock } from '../util/clock.ts'
import { messageOf } from '../util/message-of.ts'
import type { Admission } from './admission.ts'
import { afterPing, type EngineHealth, healthyEngine } from './engine-watchdog.ts'
import type { Janitor } from './janitor.ts'
import { type Measurement, measure } from './measure.ts'
import type { Watermarks } from './watermarks.ts'

export interface ResourcesOptions {
  readonly engine: Engine
  readonly workFolder: string
  readonly admission: Admission
  readonly janitor: Janitor
  /** What went wrong with looking or cleaning, in one line. The node goes on, by what it knew. */
  readonly onProblem: (problem: string) => void
  readonly clock?: Clock
  /** How long the engine may take to say that it is there. */
  readonly pingMs?: number
}

const periodMs = 10_000
const defaultPingMs = 5_000
/** Listing what an engine has costs it time: not again so soon after nothing was found to remove. */
const janitorRestMs = 5 * 60_000

/**
 * Looks at the machine every ten seconds: for what the node tells of itself, for the gate, and for the janitor, who comes
 * before the gate closes. Disposing of it ends what is under way.
 */
export class Resources implements AsyncDisposable {
  readonly #options: ResourcesOptions
  readonly #clock: Clock
  readonly #ending = new AbortController()
  #health: EngineHealth
  #measured: Measurement
  #cleaning: Promise<void> | null = null
  #nextCleaningAtMs = Number.NEGATIVE_INFINITY
  readonly #watching: Promise<void>

  private constructor(options: ResourcesOptions, health: EngineHealth, first: Measurement) {
    this.#options = options
    this.#health = health
    this.#clock = options.clock ?? realClock
    this.#measured = first
    this.#watching = this.#watch()
  }

  /** Has looked once when it resolves. */
  static async start(options: ResourcesOptions, signal: AbortSignal): Promise<Resources> {
    const { engine, workFolder, pingMs = defaultPingMs } = options
    const health = afterPing(healthyEngine, await pingEngine(engine, pingMs, signal))
    return new Resources(options, health, await measure(engine, health.state, workFolder))
  }

  /** As they were when the machine was looked at last. */
  get facts(): NodeFacts {
    const { freeWorkBytes: _, ...facts } = this.#measured.facts
    return { ...facts, waitingFor: this.#options.admission.waitingFor }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error('the node ends'))
    await this.#watching
    await this.#cleaning
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      this.#use(this.#measured)
      try {
        await this.#clock.sleep(periodMs, signal)
        await this.#look(signal)
      } catch (error) {
        this.#tell(error)
      }
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { engine, workFolder, pingMs = defaultPingMs } = this.#options
    this.#health = afterPing(this.#health, await pingEngine(engine, pingMs, signal))
    this.#measured = await measure(engine, this.#health.state, workFolder)
  }

  #use({ facts, disk }: Measurement): void {
    const { admission } = this.#options
    admission.observe(facts)
    const marks = admission.marksFor(facts)
    const isDue = this.#cleaning === null && this.#clock.nowMs() >= this.#nextCleaningAtMs
    if (isDue && facts.engine === 'ok' && disk !== null && wantsCleaning(disk, marks)) {
      this.#cleaning = this.#clean(marks).finally(() => {
        this.#cleaning = null
      })
    }
  }

  async #clean(marks: Watermarks): Promise<void> {
    const { engine, janitor } = this.#options
    const isEnough = async () => {
      const disk = await engineDisk(engine)
      return disk === null || isClean(disk, marks)
    }
    try {
      const removed = await janitor.clean(isEnough, this.#ending.signal)
      if (removed === 0) this.#nextCleaningAtMs = this.#clock.nowMs() + janitorRestMs
    } catch (error) {
      this.#nextCleaningAtMs = this.#clock.nowMs() + janitorRestMs
      this.#tell(error)
    }
  }

  #tell(error: unknown): void {
    if (this.#ending.signal.aborted) return
    this.#options.onProblem(messageOf(error))
  }
}

function wantsCleaning(disk: DiskRoom, marks: Watermarks): boolean {
  return disk.freeBytes < marks.cleanDiskBytes || disk.freeInodeShare < marks.cleanInodeShare
}

function isClean(disk: DiskRoom, marks: Watermarks): boolean {
  return disk.freeBytes >= marks.cleanedDiskBytes && disk.freeInodeShare >= marks.cleanedInodeShare
}
