import type { Stage } from '../domain/synthesis-event.ts'
import { OutputTail } from '../util/output-tail.ts'

/** What is told of what is printed now: some screens of it. */
const tailBytes = 16 * 1024

/** The end of what one lease printed so far, with a line above what each stage printed. Kept in memory alone. */
export class LiveOutput {
  readonly #tail = new OutputTail(tailBytes)
  /** Of a stage that has printed nothing yet. */
  #heading = ''

  entered(stage: Stage, iteration: number): void {
    this.#heading = `\n===== iteration ${iteration}: ${stage}\n`
  }

  print(chunk: Uint8Array): void {
    this.#tail.push(new TextEncoder().encode(this.#heading))
    this.#heading = ''
    this.#tail.push(chunk)
  }

  text(): string {
    return this.#tail.text()
  }
}
