import { ProcessLog } from './process-log.ts'

/** A line of `--json`. */
export interface RunLine {
  readonly event: string
  readonly [key: string]: unknown
}

/** `openswe run … --json` in a process of its own. Disposing it kills it, which is nothing to the nodes of a fleet. */
export class ControlProcess implements AsyncDisposable {
  readonly #child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>
  readonly startedAtMs = Date.now()
  readonly out: ProcessLog
  readonly err: ProcessLog

  constructor(argv: readonly string[], cwd: string) {
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
    this.#child = Bun.spawn([...argv], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.out = new ProcessLog(this.#child.stdout)
    this.err = new ProcessLog(this.#child.stderr)
  }

  get pid(): number {
    return this.#child.pid
  }

  /** Null while it runs. */
  get exitCode(): number | null {
    return this.#child.exitCode ?? (this.#child.signalCode === null ? null : -1)
  }

  /** What it has printed by now, in whole lines. */
  get lines(): readonly RunLine[] {
    return this.out.text
      .slice(0, this.out.text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves with its exit code. */
  get ended(): Promise<number> {
    return this.#child.exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#child.exited
  }
}
