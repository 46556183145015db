import type { ContainerLimits } from '../domain/container-limits.ts'
import type { RunEnd } from '../domain/eval-run.ts'
import { FaultError } from '../domain/fault.ts'
import type { OnOutput } from '../util/bounded-output.ts'
import { Semaphore } from '../util/semaphore.ts'
import { runAndUse } from './container.ts'
import type { Engine } from './engine.ts'
import { installHostConfig } from './host-config.ts'
import { commitContainer, type ImageDetails, inspectImage, removeImage } from './images.ts'

export interface ShellOptions {
  /** What the first command meets, by name or id. It stays when the shell is closed. */
  readonly image: string
  readonly workingDir: string
  /** Of each command, but for the disk: that is what all of them together may write. */
  readonly limits: ContainerLimits
  /** Of its images, of kind `state`. */
  readonly labels: Readonly<Record<string, string>>
  /** `default`, as for a build, or `none`. */
  readonly networkMode?: string
  readonly signal: AbortSignal
  /** Each command, and what it prints. */
  readonly onOutput?: OnOutput | undefined
}

/** What one command came to. Where its end is not exit code 0, nothing of it is kept. */
export interface ShellRun {
  readonly end: RunEnd | { readonly kind: 'refused'; readonly problem: string }
  readonly output: string
  readonly durationMs: number
}

/** Both streams through one pipe, so that they come in the order they were written. */
const asOneText = 'exec bash -lc -- "$1" 2>&1'
/**
 * Before each command. A pipe fails where any part of it does, or a failure would be kept as a success. `head` takes the
 * rest of what is written to it, up to a bound: who writes would otherwise fail or not as chance has it.
 */
const pipesTellFailures = `set -o pipefail
head() {
  command head "$@"
  local code=$? word
  for word; do [[ $word =~ ^(-.*|[0-9]+[a-zA-Z]*)$ ]] || return $code; done
  [ ! -p /dev/stdin ] || command head -c 16M >/dev/null
  return $code
}
`
/** The kernel refuses an argument of 128 KiB. */
const maxCommandBytes = 64 * 1024
/** An engine makes no image of more than 125 of them; a command that changes no file adds none. */
const maxLayers = 120

/**
 * Commands run one after another as the RUN lines of a Dockerfile are: each in a container of its own, of the image that
 * the last one that succeeded left. Only files are handed on: no process, variable or working directory outlives its
 * command. One command runs at a time; others wait.
 */
export class StepShell implements AsyncDisposable {
  readonly #engine: Engine
  readonly #options: ShellOptions
  readonly #begin: ImageDetails
  /** Ids, oldest first, each made from the one before. */
  readonly #kept: string[] = []
  readonly #turn = new Semaphore(1)
  readonly #closing = new AbortController()
  readonly #signal: AbortSignal

  private constructor(engine: Engine, options: ShellOptions, begin: ImageDetails) {
    this.#engine = engine
    this.#options = options
    this.#begin = begin
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal])
  }

  static async open(engine: Engine, options: ShellOptions): Promise<StepShell> {
    options.signal.throwIfAborted()
    const begin = await inspectImage(engine, options.image)
    if (begin === null) throw new FaultError('engine-failed', `there is no image ${options.image} for a shell`)
    return new StepShell(engine, options, begin)
  }

  /** Runs a command in a login shell. Throws FaultError where the engine fails, and the reason of an aborted signal. */
  run(command: string): Promise<ShellRun> {
    return this.#turn.with(async () => {
      this.#signal.throwIfAborted()
      const current = await this.#current()
      const problem = problemOf(command, current)
      if (problem !== null) return { end: { kind: 'refused', problem }, output: '', durationMs: 0 }
      return this.#runOne(command, current)
    })
  }

  /** Goes back to before the last `count` commands that were kept, or to the beginning where they were fewer. */
  undo(count: number): Promise<void> {
    return this.#turn.with(() => this.#dropLast(count))
  }

  /** Ends what runs, and removes everything the shell made. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the shell is closed'))
    await this.#turn.with(() => this.#dropLast(this.#kept.length))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #runOne(command: string, current: ImageDetails): Promise<ShellRun> {
    const { workingDir, labels, limits, networkMode, onOutput } = this.#options
    const leftBytes = Math.max(0, limits.diskBytes - (current.Size - this.#begin.Size))
    const spec = {
      imageId: current.Id,
      argv: ['/bin/sh', '-c', asOneText, 'sh', pipesTellFailures + command],
      workingDir,
      labels,
      limits: { ...limits, diskBytes: leftBytes },
      collect: [],
      signal: this.#signal,
      onOutput,
    }
    onOutput?.(new TextEncoder().encode(`$ ${command}\n`))
    return runAndUse(this.#engine, spec, {
      hostConfig: (bounds, hostCpus) => installHostConfig(bounds, hostCpus, networkMode),
      afterEnd: async ({ end, output, durationMs }, container) => ({
        end: await this.#keepIfGood(end, container),
        output,
        durationMs,
      }),
    })
  }

  /** A command that ended before its disk was looked at is measured by what it left. */
  async #keepIfGood(end: RunEnd, container: string): Promise<RunEnd> {
    if (end.kind !== 'exited' || end.exitCode !== 0) return end
    this.#kept.push(await this.#commit(container))
    const limitBytes = this.#options.limits.diskBytes
    if ((await this.#current()).Size - this.#begin.Size <= limitBytes) return end
    await this.#dropLast(1)
    return { kind: 'disk-limit', limitBytes }
  }

  /** Without the signal: of a commit that nobody waits for nobody would know the image. */
  #commit(container: string): Promise<string> {
    const { labels } = this.#options
    return commitContainer(this.#engine, container, { settings: this.#begin.Config ?? {}, labels })
  }

  async #current(): Promise<ImageDetails> {
    const id = this.#kept.at(-1)
    const image = id === undefined ? this.#begin : await inspectImage(this.#engine, id)
    if (image === null) throw new FaultError('engine-failed', 'an image of a shell was removed while it was open')
    return image
  }

  /** Newest first, since nothing that another stands on can go. What fails to go is found by its labels later. */
  async #dropLast(count: number): Promise<void> {
    const dropped = this.#kept.splice(Math.max(0, this.#kept.length - Math.max(0, count)))
    for (const id of dropped.reverse()) await removeImage(this.#engine, id)
  }
}

function problemOf(command: string, current: ImageDetails): string | null {
  if (command.includes('\0')) return 'a command cannot hold a NUL byte'
  if (Buffer.byteLength(command) > maxCommandBytes) return `a command cannot have more than ${maxCommandBytes} bytes`
  if ((current.RootFS?.Layers ?? []).length < maxLayers) return null
  return 'an image cannot have the files of so many commands: some must be undone first'
}
