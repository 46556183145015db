import { BoundedOutput, type OnOutput } from '../util/bounded-output.ts'
import { type BuildStep, decodeStatus } from './build-trace.ts'

/** How a build ended, by the builder's own account. */
export type BuildEnd =
  | { readonly kind: 'built'; readonly imageId: string }
  /** `step` is null where nothing that stands in the Dockerfile was at fault, and empty where it could not be read. */
  | {
      readonly kind: 'failed'
      readonly step: string | null
      readonly exitCode: number | null
      readonly message: string
    }
  /**
   * A command failed that the builder ran for this build and for another one at once, and told only of there: it has
   * one step for what two builds call by different names.
   */
  | { readonly kind: 'failed-elsewhere' }
  /** The connection ended before the build did. */
  | { readonly kind: 'cut' }

const logBytes = 8 * 1024 * 1024

/** What a build said so far: a log for people, and the facts of its trace. `onOutput` is given the log as it grows. */
export class BuildLog {
  readonly #onOutput: OnOutput | undefined
  readonly #output = new BoundedOutput(logBytes)
  readonly #steps = new Map<string, BuildStep>()
  /** The step whose output is being written. */
  #written = ''
  #imageId: string | null = null
  #error: string | null = null

  constructor(onOutput?: OnOutput) {
    this.#onOutput = onOutput
  }

  /** Takes one line of the builder's answer, and returns the images that it now begins to look for. */
  take(line: Uint8Array): readonly string[] {
    const event = JSON.parse(new TextDecoder().decode(line)) as BuildEvent
    if (event.error !== undefined) this.#fail(event.error)
    if (event.id === 'moby.image.id' && typeof event.aux === 'object') this.#imageId = event.aux.ID
    if (event.id !== 'moby.buildkit.trace' || typeof event.aux !== 'string') return []
    const { steps, logs } = decodeStatus(Buffer.from(event.aux, 'base64'))
    const begun = steps.filter((step) => !this.#steps.has(step.digest))
    for (const step of steps) this.#keep(step)
    for (const { step, bytes } of logs) {
      this.#head(step)
      this.#push(bytes)
    }
    return begun.map(baseImageOf).filter((base) => base !== null)
  }

  end(): BuildEnd {
    if (this.#error !== null) return this.#failure(this.#error)
    return this.#imageId === null ? { kind: 'cut' } : { kind: 'built', imageId: this.#imageId }
  }

  text(): string {
    return this.#output.text()
  }

  #keep(step: BuildStep): void {
    this.#steps.set(step.digest, step)
    if (step.error !== '') this.#head(step.digest)
  }

  /** The builder names all steps at once; each is written above what it says, so that a log can be read by step. */
  #head(digest: string): void {
    const step = this.#steps.get(digest)
    if (digest === this.#written || step === undefined || instructionOf(step) === null) return
    this.#written = digest
    this.#write(`\n${step.name}\n`)
  }

  /** That a command failed, and by which exit code, is told beside the log, whose last words are the command's own. */
  #fail(error: string): void {
    this.#error = error
    if (!/exit code: \d+$/.test(error)) this.#write(`\n${error}\n`)
  }

  #failure(message: string): BuildEnd {
    const steps = [...this.#steps.values()]
    const failed = steps.find((step) => step.error !== '' && !step.error.endsWith('context canceled'))
    if (failed === undefined) {
      if (/exit code: \d+$/.test(message)) return { kind: 'failed-elsewhere' }
      const isUnread = steps.every((step) => instructionOf(step) === null)
      return { kind: 'failed', step: isUnread ? '' : null, exitCode: null, message }
    }
    const instruction = instructionOf(failed)
    const exitCode = /exit code: (\d+)$/.exec(failed.error)?.[1]
    const isCommandNotRun = instruction?.startsWith('RUN') === true && exitCode === undefined
    return {
      kind: 'failed',
      step: isCommandNotRun ? null : instruction,
      exitCode: exitCode === undefined ? null : Number(exitCode),
      message,
    }
  }

  #write(text: string): void {
    this.#push(new TextEncoder().encode(text))
  }

  #push(bytes: Uint8Array): void {
    this.#output.push(bytes)
    this.#onOutput?.(bytes)
  }
}

interface BuildEvent {
  readonly id?: string
  readonly aux?: string | { readonly ID: string }
  readonly error?: string
}

/** `[2/3] RUN make` is the instruction `RUN make`; what the builder does besides has no such number. */
function instructionOf(step: BuildStep): string | null {
  return /^\[[^\]]*\d+\/\d+\] (.*)$/s.exec(step.name)?.[1] ?? null
}

function baseImageOf(step: BuildStep): string | null {
  return /^(?:\[internal\] load metadata for|FROM) (\S+)$/.exec(step.name)?.[1] ?? null
}
