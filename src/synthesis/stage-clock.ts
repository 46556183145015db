import type { Stage, SynthesisEvent } from '../domain/synthesis-event.ts'

/** Emits when a stage begins and ends; entering one ends the one before. */
export class StageClock {
  readonly #emit: (event: SynthesisEvent) => void
  #current: { stage: Stage; iteration: number; startedMs: number } | null = null

  constructor(emit: (event: SynthesisEvent) => void) {
    this.#emit = emit
  }

  enter(stage: Stage, iteration: number): void {
    this.end()
    this.#current = { stage, iteration, startedMs: performance.now() }
    this.#emit({ type: 'stage', stage, iteration, state: 'started' })
  }

  end(): void {
    if (this.#current === null) return
    const { stage, iteration, startedMs } = this.#current
    this.#current = null
    this.#emit({ type: 'stage', stage, iteration, state: 'finished', durationMs: performance.now() - startedMs })
  }
}
