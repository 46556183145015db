/** Something that must hold did not. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: string

  constructor(invariant: string, why: string) {
    super(why)
    this.invariant = invariant
  }
}

/** What is seen of one simulated run: what was checked, what went wrong by intent, and a trace of it all. */
export class Watch {
  readonly faults = new Map<string, number>()
  readonly checks = new Map<string, number>()
  readonly #show: ((line: string) => void) | null
  #hash = 0x811c9dc5

  constructor(show: ((line: string) => void) | null) {
    this.#show = show
  }

  /** Equal for equal traces. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  note(atMs: number, what: string): void {
    let hash = this.#hash ^ atMs
    for (let index = 0; index < what.length; index += 1) hash = Math.imul(hash ^ what.charCodeAt(index), 0x01000193)
    this.#hash = hash
    this.#show?.(`${(atMs / 1000).toFixed(3).padStart(10)}  ${what}`)
  }

  fault(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1)
  }

  check(invariant: string, holds: boolean, why: () => string): void {
    this.checks.set(invariant, (this.checks.get(invariant) ?? 0) + 1)
    if (!holds) throw new Violation(invariant, why())
  }
}
