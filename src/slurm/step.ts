import { BoundedOutput } from '../util/bounded-output.ts'
import { openChild } from '../util/child-channel.ts'
import { noSlurm, type SlurmEnvironment } from './call.ts'
import type { SlurmTrouble } from './trouble.ts'

export interface StepOptions {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** What the command reads; nothing where absent. */
  readonly stdin?: string | Uint8Array
  /** Bound on what is kept of stdout. */
  readonly outputLimitBytes: number
}

interface StepOutput {
  readonly stdout: Uint8Array
  readonly stderr: string
}

export type StepEnd =
  /** `exitCode` is null where a signal ended srun. What srun itself could not do is in `stderr`, in its own words. */
  | (StepOutput & { readonly kind: 'exited'; readonly exitCode: number | null })
  | (StepOutput & { readonly kind: 'timed-out' })
  | { readonly kind: 'failed'; readonly trouble: SlurmTrouble }

/** Runs an srun to its end. Rejects with the signal's reason once that is aborted. */
export async function runStep(
  argv: readonly string[],
  environment: SlurmEnvironment,
  { signal, timeoutMs, stdin, outputLimitBytes }: StepOptions,
): Promise<StepEnd> {
  signal.throwIfAborted()
  const child = openChild(argv, environment)
  if (child === null) return { kind: 'failed', trouble: noSlurm('srun') }
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    child.close()
  }, timeoutMs)
  const onAbort = () => child.close()
  signal.addEventListener('abort', onAbort)
  try {
    const stdout = new BoundedOutput(outputLimitBytes)
    const given = give(child, stdin)
    for await (const chunk of child.readable) stdout.push(chunk)
    const [exitCode] = await Promise.all([child.exitCode, given])
    signal.throwIfAborted()
    const output = { stdout: stdout.bytes(), stderr: child.errors() }
    return isLate ? { kind: 'timed-out', ...output } : { kind: 'exited', exitCode, ...output }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

async function give(child: NonNullable<ReturnType<typeof openChild>>, stdin: StepOptions['stdin']): Promise<void> {
  if (stdin !== undefined) await child.write(typeof stdin === 'string' ? Buffer.from(stdin) : stdin)
  child.end()
}
