import * as v from 'valibot'
import { latestRun } from '../../store/runs.ts'
import { openStore } from '../../store/store.ts'
import { command } from '../command.ts'
import { PreflightError, UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { database, databaseOption } from '../options/database.ts'
import { screenActions } from '../screen-source.ts'
import { canShowScreen } from '../screen-terminal.ts'
import { showScreen } from '../show-screen.ts'
import { takeStopSignals } from '../stop-signals.ts'

export const watch = command({
  options: [databaseOption],
  examples: ['openswe watch', 'openswe watch --db runs/lite.db'],
  schema: v.object({ db: database }),
  async run(_words, { db }, terminal) {
    if (!canShowScreen(terminal)) {
      throw new UsageError('a screen needs a terminal — `openswe status` prints how far the run is')
    }
    using store = await openStore(db, 'read')
    const run = latestRun(store)
    if (run === undefined) throw new PreflightError(`${db}: no run yet — \`openswe run\` begins one`)
    using signals = takeStopSignals(() => undefined)
    const leave = { word: 'quit', help: 'Quit; the run continues without it', question: null }
    using actions = screenActions(store, leave)
    await using screen = await showScreen(terminal, { store, run, actions, first: 'fleet' })
    await Promise.race([screen.left, aborted(signals.first)])
    return signals.first.aborted ? signals.exitCode() : exitCodes.success
  },
})

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
