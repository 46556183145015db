import type { ImportIntake } from '../control/import-rollouts.ts'
import type { Intake } from '../control/intake.ts'
import type { RolloutIntake } from '../control/rollout-intake.ts'
import { counted } from '../util/counted.ts'
import { printable } from '../util/printable.ts'

/** The first line of a run: what it will do, and what it will not do again and why. */
export function intakeLine(intake: Intake): string {
  const todo = intake.added + intake.changed + intake.continued + intake.retried
  const origins = stated(
    intake.added > 0 && `${intake.added} new`,
    intake.continued > 0 && `${intake.continued} left over from an earlier run`,
    intake.changed > 0 && `${intake.changed} whose row changed, so taken as new`,
    intake.retried > 0 && `${intake.retried} tried again`,
  )
  return stated(
    `${todo} of ${intake.instances} instances to do${inParentheses(origins)}`,
    notDoneAgain(intake.skipped),
    intake.problems > 0 && `${intake.problems} broken rows left out`,
  ).join('; ')
}

/** The first line of a run that makes rollouts. */
export function rolloutIntakeLine(intake: RolloutIntake, solver: string): string {
  const origins = stated(
    intake.added > 0 && `${intake.added} new`,
    intake.continued > 0 && `${intake.continued} left over from an earlier run`,
    intake.changed > 0 && `${intake.changed} since the row changed`,
    intake.retried > 0 && `${intake.retried} tried again`,
  )
  const todo = counted(intake.added + intake.continued + intake.changed + intake.retried, 'rollout')
  const where = `${counted(intake.instances, 'instance')} by ${printable(solver)}`
  return stated(
    `${todo} to make at ${where}${inParentheses(origins)}`,
    notDoneAgain(intake.skipped),
    intake.spared > 0 && `${intake.spared} spared, since their instance is out of the band (see --keep)`,
  ).join('; ')
}

/** Ids that are named in one line; `--json` has all. */
const shownIds = 10

/** The first line of a run that grades what was made elsewhere. */
export function importIntakeLine(intake: ImportIntake): string {
  const { added, continued, known, problems, leftOut, missing, solvers } = intake
  const by = solvers.length === 0 ? '' : ` by ${solvers.map((solver) => printable(solver)).join(', ')}`
  const more = missing.length - shownIds
  const shown = missing.slice(0, shownIds).map((id) => printable(id))
  const names = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return stated(
    `${counted(added + continued, 'rollout')} to grade${by} (${added} new, ${continued} imported before)`,
    known > 0 && `${known} there already`,
    problems > 0 && `${problems} broken ones left out`,
    leftOut > 0 && `${leftOut} left out, since no such instance is accepted: ${names}`,
  ).join('; ')
}

function stated(...phrases: readonly (string | false)[]): string[] {
  return phrases.filter((phrase) => phrase !== false)
}

function inParentheses(phrases: readonly string[]): string {
  return phrases.length > 0 ? ` (${phrases.join(', ')})` : ''
}

/** Counts by outcome, in the order in which they are named. */
function notDoneAgain(skipped: Readonly<Record<string, number>>): string | false {
  const outcomes = Object.entries(skipped).filter(([, count]) => count > 0)
  if (outcomes.length === 0) return false
  return `not done again: ${outcomes.map(([outcome, count]) => `${count} ${outcome}`).join(', ')} (see --retry)`
}
