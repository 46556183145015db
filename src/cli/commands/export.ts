import * as v from 'valibot'
import { environmentFormats, exportEnvironments } from '../../export/environments.ts'
import type { Funnel } from '../../export/manifest.ts'
import { hasGradedRollouts, storedRollouts } from '../../export/stored-rollouts.ts'
import { trajectoryFormats } from '../../export/training-row.ts'
import { exportTrajectories } from '../../export/trajectories.ts'
import { openStore, type Store } from '../../store/store.ts'
import { command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import {
  type ExportOptions,
  exportOptionRows,
  exportOptions,
  trajectoryExportOf,
  trajectoryOptionsIn,
} from '../options/export.ts'
import { takeStopSignals } from '../stop-signals.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const exportCommand = command({
  options: exportOptionRows,
  examples: [
    'openswe export --format jsonl --out trajectories',
    'openswe export trajectories --format parquet --keep 1-2/4 --max-tokens 120000 --test-share 0.05 --out trajectories',
    'openswe export environments --format swebench --out environments.jsonl',
  ],
  schema: v.object(exportOptions),
  async run([typed], options, terminal) {
    const what = kinds.find((kind) => kind === typed)
    if (what !== typed) throw new UsageError(`unknown export \`${typed}\` — ${kinds.join(' or ')}`)
    using store = await openStore(options.db, 'read')
    switch (what ?? (hasGradedRollouts(store) ? 'trajectories' : 'environments')) {
      case 'trajectories':
        return await writeTrajectories(store, options, terminal)
      case 'environments':
        return await writeEnvironments(store, options, terminal)
    }
  },
})

const kinds = ['trajectories', 'environments'] as const

async function writeEnvironments(store: Store, options: ExportOptions, terminal: Terminal): Promise<number> {
  const [beside] = trajectoryOptionsIn(options)
  if (beside !== undefined) throw new UsageError(`${beside} is about trajectories, and environments are written`)
  const { format, out } = options
  const outcome = await exportEnvironments(store, formatAmong(environmentFormats, format, 'environments'), out)
  if (outcome.kind === 'refused') throw new UsageError(outcome.explanation)
  terminal.err(`${outcome.count} accepted environments written to ${out}\n`)
  return exitCodes.success
}

async function writeTrajectories(store: Store, options: ExportOptions, terminal: Terminal): Promise<number> {
  const { out, db } = options
  const settings = trajectoryExportOf(options, formatAmong(trajectoryFormats, options.format, 'trajectories'))
  if (!hasGradedRollouts(store)) throw new UsageError(`${db} has no graded rollout — \`openswe rollout\` makes them`)
  using stop = takeStopSignals(() => terminal.err('stopping; nothing is written\n'))
  const outcome = await exportTrajectories(storedRollouts(store), settings, out, stop.first).catch((error: unknown) => {
    if (stop.first.aborted) return null
    throw error
  })
  if (outcome === null) return stop.exitCode()
  if (outcome.kind === 'refused') throw new UsageError(outcome.explanation)
  terminal.err(funnelTable(outcome.funnel))
  if (outcome.kind === 'empty') throw new UsageError('no rollout is left to write — nothing was written')
  for (const file of outcome.files) {
    const masked = file.maskedSteps === 0 ? '' : `, ${file.maskedSteps} steps masked`
    terminal.err(
      `${file.path}: ${file.rows} rows, about ${file.tokens} tokens, ${file.trainedTokens} of them trained${masked}\n`,
    )
  }
  terminal.err(`${outcome.funnel.written} trajectories written to ${out}\n`)
  return exitCodes.success
}

function formatAmong<T extends string>(formats: readonly T[], format: string, what: string): T {
  const found = formats.find((one) => one === format)
  if (found === undefined) throw new UsageError(`--format: ${what} are written as ${formats.join(', ')}, not ${format}`)
  return found
}

/** What became of the rollouts, most first. */
function funnelTable({ rollouts, instances, dropped, leftOut, written }: Funnel): string {
  const reasons = [...Object.entries(dropped), ...Object.entries(leftOut)].toSorted(([, a], [, b]) => b - a)
  const rows = [['written', written] as const, ...reasons].map(([name, count]) => [String(count), name])
  return `${rollouts} graded rollouts of ${instances} instances\n${table(rows)}`
}
