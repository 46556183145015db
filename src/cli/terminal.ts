import { environmentVariable } from '../config/process-environment.ts'

/** Where a command prints. Data goes to `out`, everything about it to `err`. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** `out` is a terminal: what is printed there from outside must be made printable. */
  readonly isTerminal: boolean
  /** Both outputs are a terminal that can redraw a line. */
  readonly isLive: boolean
  readonly hasColour: boolean
  columns(): number
  /** Aborted once nobody reads the output any more. */
  readonly closed: AbortSignal
}

/** This process's own. A reader that goes away ends nothing here: it is told by `closed`. */
export function processTerminal(): Terminal {
  const closed = new AbortController()
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' && stream === process.stdout) closed.abort()
    })
  }
  const isDumb = environmentVariable('TERM') === 'dumb'
  const isTty = process.stdout.isTTY === true && process.stderr.isTTY === true
  return {
    out: (text) => void (closed.signal.aborted || process.stdout.write(text)),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    isLive: isTty && !isDumb && environmentVariable('CI') === undefined,
    hasColour: process.stdout.isTTY === true && !isDumb && environmentVariable('NO_COLOR') === undefined,
    columns: () => process.stdout.columns || 80,
    closed: closed.signal,
  }
}

/** Resolves once everything written so far has left this process. */
export async function flushed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()))
  }
}
