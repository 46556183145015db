import * as v from 'valibot'
import { takeOutcomeCosts, takeSnapshot } from '../../control/snapshot.ts'
import { isBeingWritten } from '../../store/lock.ts'
import { latestRun, type RunRow } from '../../store/runs.ts'
import { openStore } from '../../store/store.ts'
import { printable } from '../../util/printable.ts'
import { formatDuration } from '../../util/quantity.ts'
import { command } from '../command.ts'
import { database, databaseOption } from '../database-option.ts'
import { exitCodes } from '../exit-codes.ts'
import { flag } from '../option-values.ts'
import { outcomeTable, summaryLine } from '../outcome-table.ts'
import { table } from '../table.ts'

export const status = command({
  options: [databaseOption, { name: 'json', description: 'Print one JSON object' }],
  examples: ['openswe status', 'openswe status --json | jq .accepted'],
  schema: v.object({ db: database, json: flag }),
  async run(_words, { db, json }, terminal) {
    using store = await openStore(db, 'read')
    const run = latestRun(store)
    if (run === undefined) {
      terminal.out(json ? 'null\n' : 'no run yet\n')
      return exitCodes.success
    }
    const now = takeSnapshot(store, run.run_id, run.started_at_ms, run.ended_at_ms ?? Date.now())
    const costs = takeOutcomeCosts(store, run.run_id)
    if (json) {
      const shown = { ...now, ...(costs === null ? {} : { costs }), state: run.state, author: run.author }
      terminal.out(`${JSON.stringify(shown)}\n`)
      return exitCodes.success
    }
    terminal.out(`${summaryLine(now)}; the run ${await stateWords(run, db)}\n`)
    terminal.out(outcomeTable(terminal, now, costs))
    const active = now.active.map((attempt) => [
      printable(attempt.instance_id),
      ...(now.kind === 'rollout' ? [`try ${attempt.number}`] : []),
      attempt.stage,
      `${now.kind === 'rollout' ? 'step' : 'iteration'} ${attempt.iteration}`,
      formatDuration(attempt.stageAgeMs),
    ])
    if (active.length > 0) terminal.out(`\n${table(active)}`)
    return exitCodes.success
  },
})

async function stateWords({ state, hosts }: RunRow, db: string): Promise<string> {
  switch (state) {
    case 'running':
      if (await isBeingWritten(db)) return 'is in progress'
      return hosts === null
        ? 'was killed: the same command continues it'
        : 'is left to its machines: the same command comes back to them'
    case 'killed':
      return 'was killed: the same command continues it'
    case 'ended':
      return 'has ended'
  }
}
