import type { FaultNote } from '../domain/attempt.ts'
import { Expectations } from './expectations.ts'

/** Where an attempt failed last: it is to be done elsewhere until then, if there is an elsewhere. */
export interface Avoidance {
  readonly node: string
  readonly untilMs: number
}

const avoidMs = 10 * 60_000

/** A node that died itself may take up what it held as well as any other. */
export function avoidanceAfter(faults: readonly FaultNote[]): Avoidance | null {
  const last = faults.at(-1)
  if (last === undefined || last.kind === 'node-lost') return null
  return { node: last.node, untilMs: last.atMs + avoidMs }
}

export function mayGoTo(node: string, avoid: Avoidance | null, nowMs: number): boolean {
  return avoid === null || avoid.node !== node || nowMs >= avoid.untilMs
}

/** An attempt that waits, as far as its turn depends on it. */
export interface Waiting {
  readonly attempt: number
  readonly repo: string
  readonly notBeforeMs: number
  readonly avoid: Avoidance | null
}

/** Repositories by how long their attempts are expected to take, in steps. */
type Steps = Map<number, Set<string>>

/** What a node's own repositories count as longer, in steps, so that it has their layers and their cache at hand. */
const ownSteps = 1

/**
 * Which attempt is leased next: longest expected first, those of one repository to one node. Of a repository of which
 * nothing is known the first comes early: it may be long, and it tells about the others.
 */
export class Queue {
  /** By repository, in order. */
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #homes = new Map<string, string>()
  /** Repositories of each node of which anything waits. */
  readonly #ownOf = new Map<string, Set<string>>()
  /** Those of which anything waits: of no node, and of any. */
  readonly #free: Steps = new Map()
  readonly #taken: Steps = new Map()
  readonly #stepOf = new Map<string, number>()
  readonly #expectations = new Expectations()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(waiting: Waiting): void {
    const { repo } = waiting
    const ofRepo = this.#waiting.get(repo) ?? []
    const after = ofRepo.findLastIndex((other) => !isBefore(waiting, other))
    ofRepo.splice(after + 1, 0, waiting)
    this.#size += 1
    if (ofRepo.length > 1) return
    this.#waiting.set(repo, ofRepo)
    this.#place(repo)
  }

  remove(attempt: number, repo: string): void {
    const ofRepo = this.#waiting.get(repo) ?? []
    const index = ofRepo.findIndex((waiting) => waiting.attempt === attempt)
    if (index < 0) return
    ofRepo.splice(index, 1)
    this.#size -= 1
    if (ofRepo.length > 0) return
    this.#unplace(repo)
    this.#waiting.delete(repo)
  }

  /** So many attempts at this repository took so long together. */
  learn(repo: string, count: number, sumMs: number): void {
    if (this.#expectations.learn(repo, count, sumMs) === 'all')
      for (const each of this.#waiting.keys()) this.#replace(each)
    else this.#replace(repo)
  }

  /** One of this repository runs for so long already. */
  learnAtLeast(repo: string, runsMs: number): void {
    if (this.#expectations.learnAtLeast(repo, runsMs)) this.#replace(repo)
  }

  /** What an attempt at this repository is expected to take; 0 where nothing has ended yet. */
  expectedMs(repo: string): number {
    return this.#expectations.expectedMs(repo)
  }

  /** What an attempt took on average; 0 where nothing has ended yet. */
  get usualMs(): number {
    return this.#expectations.usualMs
  }

  /** What all that waits is expected to take. */
  get expectedSumMs(): number {
    let sumMs = 0
    for (const [repo, ofRepo] of this.#waiting) sumMs += ofRepo.length * this.expectedMs(repo)
    return sumMs
  }

  /** Takes out what a node does next; null where nothing may be done now. `isAlone`: there is no other node to avoid it for. */
  take(node: string, isAlone: boolean, nowMs: number): Waiting | null {
    const mayTake = ({ notBeforeMs, avoid }: Waiting) =>
      notBeforeMs <= nowMs && (isAlone || mayGoTo(node, avoid, nowMs))
    const waiting = this.#longest(node, (repo) => this.#waiting.get(repo)?.find(mayTake))
    if (waiting === undefined) return null
    const { attempt, repo } = waiting
    this.remove(attempt, repo)
    this.#expectations.begin(repo)
    this.#settleAt(repo, node)
    return waiting
  }

  /** A node is gone: what was its own is anybody's. */
  leave(node: string): void {
    const repos = [...this.#homes].filter(([, home]) => home === node).map(([repo]) => repo)
    for (const repo of repos) {
      this.#unplace(repo)
      this.#homes.delete(repo)
      if (this.#waiting.has(repo)) this.#place(repo)
    }
  }

  /** Its own where they are as long as others, then those of nobody, then those of other nodes. */
  #longest(node: string, firstOf: (repo: string) => Waiting | undefined): Waiting | undefined {
    const own = longestOf(
      stepsOf(this.#ownOf.get(node) ?? [], (repo) => this.#stepOf.get(repo) ?? 0),
      firstOf,
    )
    const free = longestOf(this.#free, firstOf)
    const taken = longestOf(this.#taken, firstOf)
    const others = free !== undefined && free.step >= (taken?.step ?? free.step) ? free : taken
    return (own !== undefined && own.step + ownSteps >= (others?.step ?? own.step) ? own : others)?.waiting
  }

  #settleAt(repo: string, node: string): void {
    this.#unplace(repo)
    if (!this.#homes.has(repo)) this.#homes.set(repo, node)
    if (this.#waiting.has(repo)) this.#place(repo)
  }

  #replace(repo: string): void {
    if (this.#stepOf.get(repo) === this.#expectations.stepOf(repo) || !this.#waiting.has(repo)) return
    this.#unplace(repo)
    this.#place(repo)
  }

  #place(repo: string): void {
    const step = this.#expectations.stepOf(repo)
    this.#stepOf.set(repo, step)
    const home = this.#homes.get(repo)
    const steps = home === undefined ? this.#free : this.#taken
    const atStep = steps.get(step) ?? new Set()
    steps.set(step, atStep.add(repo))
    if (home !== undefined) this.#ownOf.set(home, (this.#ownOf.get(home) ?? new Set()).add(repo))
  }

  #unplace(repo: string): void {
    const step = this.#stepOf.get(repo)
    if (step === undefined) return
    this.#stepOf.delete(repo)
    for (const steps of [this.#free, this.#taken]) {
      const atStep = steps.get(step)
      if (atStep?.delete(repo) && atStep.size === 0) steps.delete(step)
    }
    this.#ownOf.get(this.#homes.get(repo) ?? '')?.delete(repo)
  }
}

function stepsOf(repos: Iterable<string>, stepOf: (repo: string) => number): Steps {
  const steps: Steps = new Map()
  for (const repo of repos) {
    const step = stepOf(repo)
    steps.set(step, (steps.get(step) ?? new Set()).add(repo))
  }
  return steps
}

function longestOf(
  steps: Steps,
  firstOf: (repo: string) => Waiting | undefined,
): { readonly step: number; readonly waiting: Waiting } | undefined {
  for (const step of [...steps.keys()].sort((a, b) => b - a)) {
    for (const repo of steps.get(step) ?? []) {
      const waiting = firstOf(repo)
      if (waiting !== undefined) return { step, waiting }
    }
  }
  return undefined
}

/** Fresh ones in their order, then those that wait after a fault. */
function isBefore(a: Waiting, b: Waiting): boolean {
  return a.notBeforeMs < b.notBeforeMs || (a.notBeforeMs === b.notBeforeMs && a.attempt < b.attempt)
}
