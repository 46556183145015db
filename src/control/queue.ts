import type { FaultNote } from '../domain/attempt.ts'

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

/** What a node's own repositories count as longer, so that it has their layers and their cache at hand. */
const ownFactor = 1.3
/** And those of other nodes as shorter. */
const foreignFactor = 0.9
/** How many finished attempts of a repository weigh as much as those of all repositories together. */
const priorWeight = 2

/**
 * Which attempt is leased next: longest expected first, those of one repository to one node. Expected is what attempts of
 * the repository took so far.
 */
export class Queue {
  /** By repository, in order. */
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #homes = new Map<string, string>()
  readonly #spent = new Map<string, { count: number; sumMs: number }>()
  #all = { count: 0, sumMs: 0 }
  #size = 0

  get size(): number {
    return this.#size
  }

  add(waiting: Waiting): void {
    const ofRepo = this.#waiting.get(waiting.repo) ?? []
    const after = ofRepo.findIndex((other) => isBefore(waiting, other))
    ofRepo.splice(after < 0 ? ofRepo.length : after, 0, waiting)
    this.#waiting.set(waiting.repo, ofRepo)
    this.#size += 1
  }

  remove(attempt: number, repo: string): void {
    const ofRepo = this.#waiting.get(repo) ?? []
    const index = ofRepo.findIndex((waiting) => waiting.attempt === attempt)
    if (index < 0) return
    ofRepo.splice(index, 1)
    if (ofRepo.length === 0) this.#waiting.delete(repo)
    this.#size -= 1
  }

  /** So many attempts at this repository took so long together. */
  learn(repo: string, count: number, sumMs: number): void {
    const of = this.#spent.get(repo) ?? { count: 0, sumMs: 0 }
    this.#spent.set(repo, { count: of.count + count, sumMs: of.sumMs + sumMs })
    this.#all = { count: this.#all.count + count, sumMs: this.#all.sumMs + sumMs }
  }

  /** What an attempt at this repository is expected to take; 0 where nothing has ended yet. */
  expectedMs(repo: string): number {
    const mean = this.#all.count === 0 ? 0 : this.#all.sumMs / this.#all.count
    const of = this.#spent.get(repo)
    return of === undefined ? mean : (mean * priorWeight + of.sumMs) / (priorWeight + of.count)
  }

  /** Takes out what a node does next; null where nothing may be done now. `isAlone`: there is no other node to avoid it for. */
  take(node: string, isAlone: boolean, nowMs: number): Waiting | null {
    let best: { readonly waiting: Waiting; readonly score: number } | null = null
    for (const [repo, ofRepo] of this.#waiting) {
      const score = this.#score(repo, node)
      if (best !== null && score < best.score) continue
      const waiting = ofRepo.find((one) => one.notBeforeMs <= nowMs && (isAlone || mayGoTo(node, one.avoid, nowMs)))
      if (waiting === undefined) continue
      if (best === null || score > best.score || isBefore(waiting, best.waiting)) best = { waiting, score }
    }
    if (best === null) return null
    const { attempt, repo } = best.waiting
    this.remove(attempt, repo)
    if (!this.#homes.has(repo)) this.#homes.set(repo, node)
    return best.waiting
  }

  #score(repo: string, node: string): number {
    const home = this.#homes.get(repo)
    const factor = home === undefined ? 1 : home === node ? ownFactor : foreignFactor
    return this.expectedMs(repo) * factor
  }

  /** A node is gone: what was its own is anybody's. */
  leave(node: string): void {
    for (const [repo, home] of this.#homes) if (home === node) this.#homes.delete(repo)
  }

  /** When the next one may be leased; null where none waits. */
  nextAtMs(): number | null {
    let next: number | null = null
    for (const ofRepo of this.#waiting.values()) {
      for (const { notBeforeMs } of ofRepo) if (next === null || notBeforeMs < next) next = notBeforeMs
    }
    return next
  }
}

/** Fresh ones in their order, then those that wait after a fault. */
function isBefore(a: Waiting, b: Waiting): boolean {
  return a.notBeforeMs < b.notBeforeMs || (a.notBeforeMs === b.notBeforeMs && a.attempt < b.attempt)
}
