import { solverOf } from '../domain/rollout.ts'
import type { Candidate } from './curate.ts'
import { type PassRate, passAtK } from './pass-rate.ts'

export type Counts = Readonly<Record<string, number>>

/** How a figure of a rollout is spread over the rollouts of a solver. */
export interface Spread {
  readonly mean: number
  readonly median: number
  readonly p90: number
  readonly max: number
}

export const figures = ['steps', 'inputTokens', 'outputTokens', 'costUsd', 'durationMs'] as const

export type Figure = (typeof figures)[number]

/** What the graded rollouts of one solver came to, and what is kept of them for training. */
export interface SolverStats {
  readonly solver: string
  readonly instances: number
  readonly rollouts: number
  readonly resolved: number
  /** How many instances were resolved by none, by one, … of their tries, for each number of tries that some have. */
  readonly histogram: readonly (PassRate & { readonly instances: number })[]
  /** Without bias; the mean over the instances that have at least k tries. */
  readonly passAtK: readonly { readonly k: number; readonly share: number; readonly instances: number }[]
  readonly spread: Readonly<Record<Figure, Spread>>
  readonly endings: Counts
  readonly kept: number
  readonly dropped: Counts
  /** Replies of the solver in what is kept. */
  readonly keptSteps: number
  readonly maskedSteps: number
  /** A step may be masked for several reasons. */
  readonly masks: Counts
  readonly flags: Counts
}

/** Adds up rollouts that curation decided about, in any order. */
class SolverCount {
  readonly solver: string
  readonly #passRates = new Map<string, PassRate>()
  readonly #figures: Readonly<Record<Figure, number[]>> = {
    steps: [],
    inputTokens: [],
    outputTokens: [],
    costUsd: [],
    durationMs: [],
  }
  readonly #endings = new Map<string, number>()
  readonly #dropped = new Map<string, number>()
  readonly #masks = new Map<string, number>()
  readonly #flags = new Map<string, number>()
  #kept = 0
  #keptSteps = 0
  #maskedSteps = 0

  constructor(solver: string) {
    this.solver = solver
  }

  add(candidate: Candidate): void {
    const { rollout } = candidate.graded
    const steps = rollout.trajectory.messages.filter(({ role }) => role === 'assistant').length
    const { input, cacheRead, cacheWrite, output } = rollout.usage
    this.#passRates.set(candidate.instance.instance_id, candidate.passRate)
    this.#figures.steps.push(steps)
    this.#figures.inputTokens.push(input + cacheRead + cacheWrite)
    this.#figures.outputTokens.push(output)
    this.#figures.costUsd.push(rollout.costUsd)
    this.#figures.durationMs.push(rollout.durationMs)
    count(this.#endings, rollout.ending)
    if (candidate.kind === 'dropped') count(this.#dropped, candidate.reason)
    else this.#addKept(candidate, steps)
  }

  #addKept(candidate: Extract<Candidate, { kind: 'kept' }>, steps: number): void {
    this.#kept += 1
    this.#keptSteps += steps
    this.#maskedSteps += new Set(candidate.masks.map(({ message }) => message)).size
    for (const { reason } of candidate.masks) count(this.#masks, reason)
    for (const flag of candidate.flags) count(this.#flags, flag)
  }

  stats(): SolverStats {
    const passRates = [...this.#passRates.values()]
    return {
      solver: this.solver,
      instances: passRates.length,
      rollouts: this.#figures.steps.length,
      resolved: passRates.reduce((sum, { resolved }) => sum + resolved, 0),
      histogram: histogramOf(passRates),
      passAtK: passAtKs(passRates),
      spread: {
        steps: spreadOf(this.#figures.steps),
        inputTokens: spreadOf(this.#figures.inputTokens),
        outputTokens: spreadOf(this.#figures.outputTokens),
        costUsd: spreadOf(this.#figures.costUsd),
        durationMs: spreadOf(this.#figures.durationMs),
      },
      endings: sorted(this.#endings),
      kept: this.#kept,
      dropped: sorted(this.#dropped),
      keptSteps: this.#keptSteps,
      maskedSteps: this.#maskedSteps,
      masks: sorted(this.#masks),
      flags: sorted(this.#flags),
    }
  }
}

/** One count a solver, by its name. */
export async function countSolvers(candidates: AsyncIterable<Candidate>): Promise<readonly SolverStats[]> {
  const counts = new Map<string, SolverCount>()
  for await (const candidate of candidates) {
    const solver = solverOf(candidate.graded.rollout)
    const known = counts.get(solver) ?? new SolverCount(solver)
    counts.set(solver, known)
    known.add(candidate)
  }
  return [...counts.values()].map((known) => known.stats()).toSorted((a, b) => (a.solver < b.solver ? -1 : 1))
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** Most first, then by name. */
function sorted(counts: ReadonlyMap<string, number>): Counts {
  return Object.fromEntries([...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))
}

/** With the rates that no instance has, for each number of tries that some have. */
function histogramOf(passRates: readonly PassRate[]): SolverStats['histogram'] {
  const sizes = [...new Set(passRates.map(({ tried }) => tried))].toSorted((a, b) => a - b)
  return sizes.flatMap((tried) =>
    Array.from({ length: tried + 1 }, (_, resolved) => ({
      resolved,
      tried,
      instances: passRates.filter((rate) => rate.tried === tried && rate.resolved === resolved).length,
    })),
  )
}

/** For each power of two up to the most tries, and for these. */
function passAtKs(passRates: readonly PassRate[]): SolverStats['passAtK'] {
  const most = Math.max(0, ...passRates.map(({ tried }) => tried))
  const powers = Array.from({ length: 12 }, (_, index) => 2 ** index).filter((k) => k < most)
  return [...powers, ...(most > 0 ? [most] : [])].map((k) => {
    const shares = passRates.flatMap((rate) => passAtK(rate, k) ?? [])
    return { k, share: meanOf(shares), instances: shares.length }
  })
}

function spreadOf(values: readonly number[]): Spread {
  const ordered = values.toSorted((a, b) => a - b)
  const at = (share: number) => ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] ?? 0
  return { mean: meanOf(values), median: at(0.5), p90: at(0.9), max: ordered.at(-1) ?? 0 }
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
