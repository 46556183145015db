import { Heap } from './heap.ts'

interface Due {
  readonly atMs: number
  readonly order: number
  readonly work: () => void
}

/** Time that passes only by what is due in it. */
export class Timeline {
  #nowMs = 0
  #order = 0
  readonly #due = new Heap<Due>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order))

  get nowMs(): number {
    return this.#nowMs
  }

  at(atMs: number, work: () => void): void {
    this.#order += 1
    this.#due.push({ atMs: Math.max(this.#nowMs, Math.ceil(atMs)), order: this.#order, work })
  }

  after(waitMs: number, work: () => void): void {
    this.at(this.#nowMs + waitMs, work)
  }

  /** False where nothing is due any more. */
  step(): boolean {
    const due = this.#due.pop()
    if (due === undefined) return false
    this.#nowMs = due.atMs
    due.work()
    return true
  }
}
