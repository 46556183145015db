import { join } from 'node:path'
import type { FaultKind } from '../../src/domain/fault.ts'
import { ProcessLog } from './process-log.ts'

const script = join(import.meta.dir, '../cli/asked-run.ts')

/** `test/cli/asked-run.ts` in a process of its own, which is killed when this is disposed of. */
export class RunAsked implements AsyncDisposable {
  readonly out: ProcessLog
  readonly err: ProcessLog
  readonly #child: Bun.Subprocess<'pipe', 'pipe', 'pipe'>

  constructor(database: string, instances = 4) {
    this.#child = Bun.spawn([process.execPath, script, database, String(instances)], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
    })
    this.out = new ProcessLog(this.#child.stdout)
    this.err = new ProcessLog(this.#child.stderr)
  }

  /** Resolves once its two slots are taken. */
  static async begin(database: string, instances?: number): Promise<RunAsked> {
    const run = new RunAsked(database, instances)
    await run.begun('a__a-1')
    await run.begun('a__a-2')
    return run
  }

  get pid(): number {
    return this.#child.pid
  }

  get metricsUrl(): string {
    return /^metrics (.*)$/m.exec(this.out.text)?.[1] ?? ''
  }

  /** What is to become of an attempt that runs. */
  tell(instanceId: string, how: 'accepted' | 'rejected' | FaultKind): void {
    this.#child.stdin.write(`${instanceId} ${how}\n`)
    this.#child.stdin.flush()
  }

  /** Resolves once it is written down. */
  async settle(instanceId: string, how: 'accepted' | 'rejected'): Promise<void> {
    this.tell(instanceId, how)
    await this.out.until(new RegExp(`settled ${instanceId}\n`))
  }

  /** Resolves once an attempt was begun so often. */
  async begun(instanceId: string, times = 1): Promise<void> {
    await this.out.until(new RegExp(`(begun ${instanceId}\n[\\s\\S]*){${times}}`))
  }

  async killed(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#child.exited
  }

  /** What its last line says, once it is over. */
  async over(): Promise<string | undefined> {
    await this.#child.exited
    await this.out.until(/^ended /m)
    return this.out.text.trimEnd().split('\n').at(-1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killed()
  }
}
