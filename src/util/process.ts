import { BoundedOutput } from './bounded-output.ts'

export interface ProcessOptions {
  readonly cwd?: string
  /** The whole environment of the child: nothing is inherited but what is here. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: Uint8Array | string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Bound on what is kept of stdout and of stderr each, default 64 MiB. */
  readonly outputLimitBytes?: number
}

export interface ProcessResult {
  readonly exitCode: number
  readonly stdout: Uint8Array
  readonly stderr: string
  /** Set where we ended it: the time limit, or the signal. */
  readonly ended: 'timed-out' | 'aborted' | null
}

/**
 * Runs one program to its end and keeps what it printed. A program that cannot be started gives exit code 127. Where we
 * end it, what it started ends too: it leads a process group of its own.
 */
export async function runProcess(argv: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  options.signal?.throwIfAborted()
  let child: Bun.Subprocess<Uint8Array | 'ignore', 'pipe', 'pipe'>
  try {
    child = Bun.spawn([...argv], {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
      stdin:
        options.stdin === undefined
          ? 'ignore'
          : typeof options.stdin === 'string'
            ? Buffer.from(options.stdin)
            : options.stdin,
      stdout: 'pipe',
      stderr: 'pipe',
      detached: true,
    })
  } catch (error) {
    return { exitCode: 127, stdout: new Uint8Array(), stderr: String(error), ended: null }
  }
  let ended: ProcessResult['ended'] = null
  const end = (why: 'timed-out' | 'aborted') => {
    ended ??= why
    killGroup(child.pid)
  }
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => end('timed-out'), options.timeoutMs)
  const onAbort = () => end('aborted')
  options.signal?.addEventListener('abort', onAbort)
  try {
    const limit = options.outputLimitBytes ?? 64 * 1024 * 1024
    const [stdout, stderr, exitCode] = await Promise.all([
      collect(child.stdout, limit),
      collect(child.stderr, limit),
      child.exited,
    ])
    return { exitCode, stdout: stdout.bytes(), stderr: stderr.text(), ended }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function collect(stream: ReadableStream<Uint8Array>, limitBytes: number): Promise<BoundedOutput> {
  const output = new BoundedOutput(limitBytes)
  for await (const chunk of stream) output.push(chunk)
  return output
}
