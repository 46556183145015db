import type { ImportIntake } from '../control/import-rollouts.ts'
import type { Intake } from '../control/intake.ts'
import type { RolloutIntake } from '../control/rollout-intake.ts'
import type { OutcomeCost, Snapshot } from '../control/snapshot.ts'
import { wilsonInterval } from '../curation/pass-rate.ts'
import { formatUsd } from '../domain/budget.ts'
import type { SolverTries } from '../store/rollouts.ts'
import { counted } from '../util/counted.ts'
import { printable } from '../util/printable.ts'
import { formatDuration } from '../util/quantity.ts'
import { outcomeColour } from './change-line.ts'
import { inColour } from './colour.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

/** The first line of a run: what it will do, and what it will not do again and why. */
export function intakeLine(intake: Intake): string {
  const todo = intake.added + intake.changed + intake.continued + intake.retried
  const parts = [
    intake.added > 0 && `${intake.added} new`,
    intake.continued > 0 && `${intake.continued} left over from an earlier run`,
    intake.changed > 0 && `${intake.changed} whose row changed, so taken as new`,
    intake.retried > 0 && `${intake.retried} tried again`,
  ].filter((part) => part !== false)
  const { skipped } = intake
  const done = (['accepted', 'rejected', 'unsolvable', 'faulted'] as const)
    .filter((outcome) => skipped[outcome] > 0)
    .map((outcome) => `${skipped[outcome]} ${outcome}`)
  return [
    `${todo} of ${intake.instances} instances to do${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`,
    done.length > 0 && `not done again: ${done.join(', ')} (see --retry)`,
    intake.problems > 0 && `${intake.problems} broken rows left out`,
  ]
    .filter((part) => part !== false)
    .join('; ')
}

/** The first line of a run that makes rollouts. */
export function rolloutIntakeLine(intake: RolloutIntake, solver: string): string {
  const parts = [
    intake.added > 0 && `${intake.added} new`,
    intake.continued > 0 && `${intake.continued} left over from an earlier run`,
    intake.changed > 0 && `${intake.changed} since the row changed`,
    intake.retried > 0 && `${intake.retried} tried again`,
  ].filter((part) => part !== false)
  const { skipped } = intake
  const done = (['resolved', 'unresolved', 'faulted'] as const)
    .filter((outcome) => skipped[outcome] > 0)
    .map((outcome) => `${skipped[outcome]} ${outcome}`)
  const todo = counted(intake.added + intake.continued + intake.changed + intake.retried, 'rollout')
  const where = `${counted(intake.instances, 'instance')} by ${printable(solver)}`
  return [
    `${todo} to make at ${where}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`,
    done.length > 0 && `not done again: ${done.join(', ')} (see --retry)`,
    intake.spared > 0 && `${intake.spared} spared, since their instance is out of the band (see --keep)`,
  ]
    .filter((part) => part !== false)
    .join('; ')
}

/** Ids that are named in one line; `--json` has all. */
const shownIds = 10

/** The first line of a run that grades what was made elsewhere. */
export function importIntakeLine({
  added,
  continued,
  known,
  problems,
  leftOut,
  missing,
  solvers,
}: ImportIntake): string {
  const more = missing.length - shownIds
  const names = `${missing
    .slice(0, shownIds)
    .map((id) => printable(id))
    .join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return [
    `${counted(added + continued, 'rollout')} to grade${solvers.length > 0 ? ` by ${solvers.map((solver) => printable(solver)).join(', ')}` : ''} (${added} new, ${continued} imported before)`,
    known > 0 && `${known} there already`,
    problems > 0 && `${problems} broken ones left out`,
    leftOut > 0 && `${leftOut} left out, since no such instance is accepted: ${names}`,
  ]
    .filter((part) => part !== false)
    .join('; ')
}

/** The table a run ends with, and `status` shows: counts by outcome and reason, and what each cost where a model was asked. */
export function outcomeTable(terminal: Terminal, now: Snapshot, costs: readonly OutcomeCost[] | null): string {
  const rows = costs === null ? countRows(now) : costRows(now, costs)
  const width = Math.max(5, ...rows.map(({ count }) => String(count).length))
  const lines = table([
    ['count'.padStart(width), 'outcome', 'reason', costs === null ? '' : 'cost'],
    ...rows.map(({ count, cells }) => [String(count).padStart(width), ...cells]),
  ]).split('\n')
  const coloured = lines.map((line, index) => {
    const outcome = rows[index - 1]?.outcome ?? 'open'
    return outcome === 'open' ? line : inColour(terminal, outcomeColour(outcome), line)
  })
  return coloured.join('\n')
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
