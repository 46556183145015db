/** How many finished attempts of a repository weigh as much as those of all repositories together. */
const priorWeight = 1
/** How much longer than usual the first attempt at an unknown repository is taken to be: it may be as long as any. */
const unknownFactor = 15
/** How wrong what is known of few may be. */
const doubt = 3
/** Expected times that differ by less than this count as the same. */
const stepFactor = 1.15

interface Spent {
  count: number
  sumMs: number
  begun: number
  /** The longest that runs took so far, of those that had not ended when it was said. */
  atLeastMs: number
}

/** How long attempts at each repository are expected to take, from what those before took. */
export class Expectations {
  readonly #spent = new Map<string, Spent>()
  #all = { count: 0, sumMs: 0 }
  /** What was usual when the steps of all were last said. */
  #steppedMeanMs = 0

  /** Takes in how long attempts took together. Says whether all repositories are expected to differ now, or this one. */
  learn(repo: string, count: number, sumMs: number): 'all' | 'one' {
    const of = this.#of(repo)
    of.count += count
    of.sumMs += sumMs
    this.#all = { count: this.#all.count + count, sumMs: this.#all.sumMs + sumMs }
    const ratio = this.#meanMs / this.#steppedMeanMs
    if (ratio < stepFactor && ratio > 1 / stepFactor) return 'one'
    this.#steppedMeanMs = this.#meanMs
    return 'all'
  }

  /** Takes in how long an attempt has been running. Says whether that is longer than was known. */
  learnAtLeast(repo: string, runsMs: number): boolean {
    if (runsMs <= this.#longestMs(repo)) return false
    this.#of(repo).atLeastMs = runsMs
    return true
  }

  begin(repo: string): void {
    this.#of(repo).begun += 1
  }

  /** 0 where nothing has ended yet. */
  expectedMs(repo: string): number {
    const { count, sumMs } = this.#spent.get(repo) ?? { count: 0, sumMs: 0 }
    return (this.#meanMs * priorWeight + sumMs) / (priorWeight + count)
  }

  /** Higher is longer. */
  stepOf(repo: string): number {
    const of = this.#spent.get(repo)
    const tried = of === undefined ? 0 : Math.max(of.begun, of.count)
    const ms = this.#longestMs(repo) * (tried === 0 ? unknownFactor : 1 + doubt / Math.sqrt(1 + tried))
    return Math.round(Math.log(Math.max(1, ms)) / Math.log(stepFactor))
  }

  /** What an attempt took on average; 0 where nothing has ended yet. */
  get usualMs(): number {
    return this.#meanMs
  }

  #longestMs(repo: string): number {
    return Math.max(this.expectedMs(repo), this.#spent.get(repo)?.atLeastMs ?? 0)
  }

  get #meanMs(): number {
    return this.#all.count === 0 ? 0 : this.#all.sumMs / this.#all.count
  }

  #of(repo: string): Spent {
    const known = this.#spent.get(repo)
    if (known !== undefined) return known
    const fresh = { count: 0, sumMs: 0, begun: 0, atLeastMs: 0 }
    this.#spent.set(repo, fresh)
    return fresh
  }
}
