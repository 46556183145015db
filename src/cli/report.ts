import type { Intake } from '../control/intake.ts'
import type { Snapshot } from '../control/snapshot.ts'
import { formatDuration } from '../util/quantity.ts'
import { inColour } from './colour.ts'
import { outcomeColour } from './progress.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

/** The first line of a run: what it will do, and what it will not do again and why. */
export function intakeLine(intake: Intake, slots: number): string {
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
    `${slots} at a time`,
  ]
    .filter((part) => part !== false)
    .join('; ')
}

/** The table a run ends with, and `status` shows: counts by outcome and reason. */
export function outcomeTable(terminal: Terminal, now: Snapshot): string {
  const open = now.queued + now.running
  const rows = now.outcomes.map(({ outcome, reason, count }) => [String(count), outcome, reason ?? ''])
  if (open > 0) rows.push([String(open), 'open', now.running > 0 ? `${now.running} running` : 'queued'])
  const width = Math.max(5, ...rows.map(([count = '']) => count.length))
  const lines = table([
    ['count'.padStart(width), 'outcome', 'reason'],
    ...rows.map(([count = '', ...rest]) => [count.padStart(width), ...rest]),
  ]).split('\n')
  const coloured = lines.map((line, index) => {
    const outcome = now.outcomes[index - 1]?.outcome
    return outcome === undefined ? line : inColour(terminal, outcomeColour(outcome), line)
  })
  return coloured.join('\n')
}

/** `48 instances: 36 accepted (75 %), in 1h02m` */
export function summaryLine(now: Snapshot): string {
  const share = now.total === 0 ? '' : ` (${Math.round((100 * now.accepted) / now.total)} %)`
  return `${now.total} instances: ${now.accepted} accepted${share}, in ${formatDuration(now.elapsedMs)}`
}
