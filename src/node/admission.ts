import type { Admit } from '../docker/engine.ts'
import { describeShortage, type MeasuredFacts, type Shortage, shortagesOf } from './shortage.ts'
import { type Watermarks, watermarksOf } from './watermarks.ts'

export interface AdmissionOptions {
  readonly slots: number
  /** Told why nothing begins now, in one line, or null; again only where it is for another reason. */
  readonly onChange: (waitingFor: string | null) => void
}

/**
 * The gate before every build and container of a node. Closed while it is held and while the machine is short of
 * something; who comes then waits, however long, until it opens or the waiter's signal is aborted.
 */
export class Admission {
  readonly #onChange: (waitingFor: string | null) => void
  #slots: number
  #short: ReadonlySet<Shortage> = new Set()
  #shortOf: string | null = null
  #heldFor: string | null = null
  /** The reason without its figures. */
  #told = ''
  #opening = Promise.withResolvers<void>()

  constructor({ slots, onChange }: AdmissionOptions) {
    this.#slots = slots
    this.#onChange = onChange
  }

  /** Why nothing begins now, in one line; null while the gate is open. */
  get waitingFor(): string | null {
    return this.#heldFor ?? this.#shortOf
  }

  /** For `Engine.connect`. */
  readonly admit: Admit = async (signal) => {
    signal.throwIfAborted()
    while (this.waitingFor !== null) await unlessAborted(this.#opening.promise, signal)
  }

  /** Takes what was measured last. */
  observe(facts: MeasuredFacts): void {
    this.#short = shortagesOf(facts, this.marksFor(facts), this.#short)
    const said = [...this.#short].map((shortage) => describeShortage(shortage, facts))
    this.#shortOf = said.length === 0 ? null : said.join('; ')
    this.#settle()
  }

  /** From the next measuring on. */
  setSlots(slots: number): void {
    this.#slots = slots
  }

  marksFor({ diskBytes }: { readonly diskBytes: number }): Watermarks {
    return watermarksOf({ diskBytes, slots: this.#slots })
  }

  /** Keeps the gate closed, whatever the machine has, until `release`. */
  hold(reason: string): void {
    this.#heldFor = reason
    this.#settle()
  }

  release(): void {
    this.#heldFor = null
    this.#settle()
  }

  #settle(): void {
    const reason = this.#heldFor ?? [...this.#short].join()
    if (reason === this.#told) return
    this.#told = reason
    if (this.waitingFor === null) {
      this.#opening.resolve()
      this.#opening = Promise.withResolvers()
    }
    this.#onChange(this.waitingFor)
  }
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
