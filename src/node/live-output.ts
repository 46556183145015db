import type { Task } from '../domain/message.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import { OutputTail } from '../util/output-tail.ts'

/** What is told of what is printed now: some screens of it. */
const tailBytes = 16 * 1024

/** The end of what one lease printed so far, with a line where each stage began that printed, and where the last began. Kept in memory alone. */
export class LiveOutput {
  readonly #tail = new OutputTail(tailBytes)
  readonly #kind: Task['kind']
  /** Of a stage that has printed nothing yet. */
  #heading = ''

  constructor(kind: Task['kind']) {
    this.#kind = kind
  }

  entered(stage: Stage, iteration: number): void {
    this.#heading = `\n===== ${placeOf(this.#kind, stage, iteration)}${stage}\n`
  }

  print(chunk: Uint8Array): void {
    if (this.#heading !== '') this.#tail.push(new TextEncoder().encode(this.#heading))
    this.#heading = ''
    this.#tail.push(chunk)
  }

  text(): string {
    return `${this.#tail.text()}${this.#heading}`
  }
}

/** What comes before the first iteration belongs to none; of a rollout, solving alone has steps. */
function placeOf(kind: Task['kind'], stage: Stage, iteration: number): string {
  if (kind === 'rollout') return stage === 'solve' ? `step ${iteration}: ` : ''
  return iteration === 0 ? '' : `iteration ${iteration}: `
}
