export interface PtyOptions {
  readonly columns?: number
  readonly rows?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A program on a terminal of its own. Ended by disposing it, if it did not end. */
export class TestPty implements AsyncDisposable {
  readonly #child: Bun.Subprocess
  #text = ''
  #waiting: (() => void)[] = []

  constructor(argv: readonly string[], { columns = 80, rows = 24, cwd, env = {} }: PtyOptions = {}) {
    const decoder = new TextDecoder()
    this.#child = Bun.spawn([...argv], {
      terminal: {
        cols: columns,
        rows,
        data: (_, chunk) => {
          this.#text += decoder.decode(chunk, { stream: true })
          for (const look of this.#waiting.splice(0)) look()
        },
      },
      ...(cwd === undefined ? {} : { cwd }),
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '',
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
        ...env,
      },
    })
    void this.#child.exited.then(() => {
      for (const look of this.#waiting.splice(0)) look()
    })
  }

  get pid(): number {
    return this.#child.pid
  }

  /** All that the terminal was sent so far. */
  get text(): string {
    return this.#text
  }

  write(keys: string): void {
    this.#child.terminal?.write(keys)
  }

  resize(columns: number, rows: number): void {
    this.#child.terminal?.resize(columns, rows)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves once what was sent since the last call shows this; rejects where the program ends before. */
  async shows(pattern: RegExp): Promise<void> {
    for (;;) {
      const shown = Bun.stripANSI(this.#text.slice(this.#seen))
      if (pattern.test(shown)) break
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`it ended, and never showed ${pattern}:\n${Bun.stripANSI(this.#text)}`)
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#seen = this.#text.length
  }

  /** Its exit code, or the signal that ended it. */
  async ended(): Promise<number | string> {
    await this.#child.exited
    return this.#child.signalCode ?? this.#child.exitCode ?? -1
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#child.exited
  }

  #seen = 0
}
