import type { OutcomeCost, Snapshot } from '../control/snapshot.ts'
import { wilsonInterval } from '../curation/pass-rate.ts'
import { formatUsd } from '../domain/budget.ts'
import type { SolverTries } from '../store/rollouts.ts'
import { printable } from '../util/printable.ts'
import { formatDuration } from '../util/quantity.ts'
import { outcomeColour } from './change-line.ts'
import { colouredTable, table } from './table.ts'
import type { Terminal } from './terminal.ts'

/** The table a run ends with, and `status` shows: counts by outcome and reason, and what each cost where a model was asked. */
export function outcomeTable(terminal: Terminal, now: Snapshot, costs: readonly OutcomeCost[] | null): string {
  const rows = costs === null ? countRows(now) : costRows(now, costs)
  const width = Math.max(5, ...rows.map(({ count }) => String(count).length))
  return colouredTable(terminal, [
    { cells: ['count'.padStart(width), 'outcome', 'reason', costs === null ? '' : 'cost'] },
    ...rows.map(({ count, outcome, cells }) => ({
      cells: [String(count).padStart(width), ...cells],
      colour: outcome === 'open' ? undefined : outcomeColour(outcome),
    })),
  ])
}

interface Row {
  readonly count: number
  readonly outcome: OutcomeCost['outcome']
  readonly cells: readonly string[]
}

function countRows(now: Snapshot): Row[] {
  const rows: Row[] = now.outcomes.map(({ outcome, reason, count }) => ({
    count,
    outcome,
    cells: [outcome, reason ?? ''],
  }))
  const count = now.queued + now.running
  return count === 0 ? rows : [...rows, { count, outcome: 'open', cells: ['open', openReason(now)] }]
}

function costRows(now: Snapshot, costs: readonly OutcomeCost[]): Row[] {
  return costs.map(({ count, outcome, reason, author, costUsd }) => {
    const why = outcome === 'open' ? openReason(now) : author === null ? (reason ?? '') : `by ${author}`
    return { count, outcome, cells: [outcome, why, formatUsd(costUsd)] }
  })
}

function openReason(now: Snapshot): string {
  return now.running > 0 ? `${now.running} running` : 'queued'
}

/** `48 instances: 36 accepted (75 %), in 1h02m, for $4.31`; of rollouts, the share of those that are graded. */
export function summaryLine(now: Snapshot): string {
  const [what, good, outcome, of] =
    now.kind === 'synthesis'
      ? (['instances', now.accepted, 'accepted', now.total] as const)
      : (['rollouts', now.resolved, 'resolved', now.resolved + now.unresolved] as const)
  const share = of === 0 ? '' : ` (${Math.round((100 * good) / of)} %)`
  const cost = now.spentUsd === null ? '' : `, for ${formatUsd(now.spentUsd)}`
  return `${now.total} ${what}: ${good} ${outcome}${share}, in ${formatDuration(now.elapsedMs)}${cost}`
}

/** More than that would push the summary out of sight. */
const shownInstances = 50

/** How each instance stands: resolved of graded tries, and between what its true pass rate lies in 95 of 100 cases. */
export function triesTable(tries: readonly SolverTries[]): string {
  const rows = tries.slice(0, shownInstances).map((row) => {
    const { low, high } = wilsonInterval(row)
    return [
      printable(row.instance_id),
      `${row.resolved}/${row.tried}`,
      row.tried === 0 ? '' : `${percent(low)}–${percent(high)} %`,
      [row.open > 0 && `${row.open} open`, row.spared > 0 && `${row.spared} spared`].filter(Boolean).join(', '),
      formatUsd(row.cost_usd),
    ]
  })
  const more = tries.length - rows.length
  const rest = more > 0 ? `and ${more} more instances (openswe report --json has all)\n` : ''
  return `${table([['instance', 'resolved', '95 % interval', 'not graded', 'cost'], ...rows])}${rest}`
}

function percent(share: number): number {
  return Math.round(100 * share)
}
