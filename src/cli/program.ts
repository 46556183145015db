import { printable } from '../util/printable.ts'
import { runCli } from './cli.ts'
import { exitCodes } from './exit-codes.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** The command line on this process's terminal: returns the exit code, once everything is printed. */
export async function runProgram(words: readonly string[]): Promise<number> {
  const terminal = processTerminal()
  const exitCode = await runCli(words, terminal).catch((error: unknown) => {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    terminal.err(`openswe: internal error: ${printable(what, 'lines')}\n`)
    return exitCodes.internal
  })
  await terminal.flushed()
  const unwritten = exitCode === exitCodes.success && terminal.closed.aborted ? afterFailedOutput(terminal) : exitCode
  await terminal.flushed()
  return unwritten
}

/** A reader that had enough is no error to speak of; a full disk is. */
function afterFailedOutput(terminal: Terminal): number {
  const error: NodeJS.ErrnoException = terminal.closed.reason
  if (error.code === 'EPIPE') return exitCodes.pipeClosed
  terminal.err(`openswe: cannot write the output: ${error.message}\n`)
  return exitCodes.internal
}
