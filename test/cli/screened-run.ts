// screened-run DATABASE here|fleet: shows the latest run of a database as the process that runs it does, tells what it is
// told, and ends with `ended by …` on a signal, `detached` where a fleet is left alone, `follows` where the screen failed.
import { openRunScreen } from '../../src/cli/run-screen.ts'
import { shareTerminal } from '../../src/cli/screen-terminal.ts'
import { processTerminal } from '../../src/cli/terminal.ts'
import type { Fleet } from '../../src/control/fleet.ts'
import { latestRun } from '../../src/store/runs.ts'
import { openStore } from '../../src/store/store.ts'

async function main([database = '', place]: readonly string[]): Promise<void> {
  const terminal = shareTerminal(processTerminal())
  const over = Promise.withResolvers<string>()
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => over.resolve(`ended by ${signal}`))
  using store = await openStore(database, 'read')
  const runId = latestRun(store)?.run_id ?? ''
  terminal.out('taken in\n')
  {
    await using screen = await openRunScreen(terminal, {
      database,
      runId,
      isFleet: place === 'fleet',
      onFailure: () => over.resolve('follows'),
    })
    screen.leadTo({ detach: () => over.resolve('detached') } as unknown as Fleet)
    terminal.err('\ngpu-02: the link broke\n')
    terminal.out('table\n')
    if (place === 'crash') setTimeout(() => Promise.reject(new Error('nobody caught this')), 500)
    terminal.out(`${await over.promise}\n`)
  }
  process.exit(0)
}

function crash(error: unknown): void {
  console.error(`crashed: ${String(error)}`)
  process.exit(70)
}

process.on('uncaughtException', crash)
process.on('unhandledRejection', crash)
void main(process.argv.slice(2))
