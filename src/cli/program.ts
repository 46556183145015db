import { printable } from '../util/printable.ts'
import { runCli } from './cli.ts'
import { exitCodes } from './exit-codes.ts'
import { flushed, processTerminal } from './terminal.ts'

/** The command line on this process's terminal: returns the exit code, once everything is printed. */
export async function runProgram(words: readonly string[]): Promise<number> {
  const terminal = processTerminal()
  const exitCode = await runCli(words, terminal).catch((error: unknown) => {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    terminal.err(`openswe: internal error: ${printable(what, 'lines')}\n`)
    return exitCodes.internal
  })
  await flushed()
  return terminal.closed.aborted && exitCode === exitCodes.success ? exitCodes.pipeClosed : exitCode
}
