import { BoundedOutput } from './bounded-output.ts'
import type { ByteChannel } from './byte-channel.ts'
import { printable } from './printable.ts'

const keptErrorBytes = 16 * 1024

/** A program whose standard input and output are a channel. Closing the channel ends the program, and nothing else. */
export interface ChildChannel extends ByteChannel {
  /** Tells the program that nothing comes any more; it may go on printing. */
  end(): void
  /** Null where a signal ended it; resolves once all it printed as errors is here, too. */
  readonly exitCode: Promise<number | null>
  /** What it printed as errors so far, its beginning and its end. */
  readonly errors: () => string
}

/**
 * Starts a program with exactly this environment, in a session of its own, so that keys pressed in our terminal do not
 * reach it. Null where it cannot be started.
 */
export function openChild(argv: readonly string[], env: Readonly<Record<string, string>>): ChildChannel | null {
  let child: Bun.Subprocess<'pipe', 'pipe', 'pipe'>
  try {
    child = Bun.spawn([...argv], {
      env: { ...env },
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      detached: true,
      // Otherwise what nobody reads yet is taken into memory, without a bound.
      lazy: true,
    })
  } catch {
    return null
  }
  const errors = new BoundedOutput(keptErrorBytes)
  const collected = collect(child.stderr, errors)
  const exitCode = child.exited.then(async () => {
    await Promise.race([collected, lingered()])
    return child.exitCode
  })
  let isClosedHere = false
  const closed = exitCode.then((code) => (isClosedHere ? 'it was closed here' : endLine(argv, code, errors.text())))
  return {
    readable: untilClosed(child.stdout, closed),
    async write(bytes) {
      if (child.exitCode !== null || child.signalCode !== null) return
      try {
        child.stdin.write(bytes)
        await Promise.race([child.stdin.flush(), child.exited])
      } catch {
        // It reads no more, and its end is told by `closed`.
      }
    },
    end() {
      void child.stdin.end()
    },
    close() {
      isClosedHere = true
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      void child.exited.then(() => clearTimeout(timer))
    },
    closed,
    exitCode,
    errors: () => errors.text(),
  }
}

/** For a program to end what it watches over elsewhere. */
const graceMs = 2_000

/** What a program leaves running may hold its standard error open; its last words come long before this. */
const lingerMs = 1_000

function lingered(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lingerMs).unref())
}

async function collect(stream: ReadableStream<Uint8Array>, output: BoundedOutput): Promise<void> {
  for await (const chunk of stream) output.push(chunk)
}

function endLine([program]: readonly string[], exitCode: number | null, errors: string): string {
  const last = errors.trim().split('\n').at(-1) ?? ''
  const how = exitCode === null ? 'was killed' : `ended with exit code ${exitCode}`
  return `${program} ${how}${last === '' ? '' : `: ${printable(last)}`}`
}

/** What is left in the pipe is read to its end, but for a pipe that something else holds open. */
async function* untilClosed(stream: ReadableStream<Uint8Array>, closed: Promise<string>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  void closed.then(lingered).then(() => reader.cancel())
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
