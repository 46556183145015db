import type { Change } from '../control/apply-event.ts'
import type { OutcomeCount, Snapshot } from '../control/snapshot.ts'
import { formatUsd } from '../domain/budget.ts'
import type { StoredAttempt } from '../store/attempts.ts'
import type { RolloutFacts } from '../store/rollouts.ts'
import { counted } from '../util/counted.ts'
import { printable } from '../util/printable.ts'
import { type Colour, inColour } from './colour.ts'
import type { RunReader } from './run-view.ts'
import type { Terminal } from './terminal.ts'

/** What is told of an attempt that changed its state; null where that is nothing. */
export function changeLine(
  terminal: Terminal,
  change: NonNullable<Change>,
  run: Pick<RunReader, 'snapshot' | 'rolloutFacts'>,
): string | null {
  const { attempt, before } = change
  const id = printable(nameOf(change))
  if (attempt.state === 'settled') {
    const { verdict } = attempt
    const what = 'reason' in verdict ? `${verdict.kind} ${verdict.reason}` : verdict.kind
    const facts = change.kind === 'rollout' ? run.rolloutFacts(change.attempt_id) : undefined
    const why = [...(facts === undefined ? [] : [effortOf(facts)]), ...explanationOf(verdict)].join(': ')
    return `${inColour(terminal, outcomeColour(verdict.kind), what)} ${id} ${tally(run.snapshot())} ${why}`
  }
  const fault = attempt.faults.length > before.faults.length ? attempt.faults.at(-1) : undefined
  if (fault === undefined || (attempt.state !== 'queued' && attempt.state !== 'faulted')) return null
  const then = attempt.state === 'faulted' ? 'given up for this run' : 'will be tried again'
  return `${inColour(terminal, 'yellow', `fault ${fault.kind}`)} ${id} ${then}: ${oneLine(fault.message)}`
}

/** `a__a-1`, of a rollout `a__a-1#2`. */
export function nameOf({
  instance_id,
  number = 0,
}: {
  readonly instance_id: string
  readonly number?: number
}): string {
  return number === 0 ? instance_id : `${instance_id}#${number}`
}

const colours: Readonly<Record<OutcomeCount['outcome'], Colour>> = {
  accepted: 'green',
  resolved: 'green',
  rejected: 'red',
  unsolvable: 'red',
  unresolved: 'red',
  faulted: 'yellow',
  spared: 'dim',
}

export function outcomeColour(outcome: OutcomeCount['outcome']): Colour {
  return colours[outcome]
}

type Verdict = Extract<StoredAttempt['attempt'], { state: 'settled' }>['verdict']

function explanationOf(verdict: Verdict): string[] {
  switch (verdict.kind) {
    case 'accepted':
      return [`${verdict.FAIL_TO_PASS.length} fail to pass, ${verdict.PASS_TO_PASS.length} pass to pass`]
    case 'resolved':
      return []
    case 'rejected':
    case 'unsolvable':
    case 'unresolved':
      return [oneLine(verdict.explanation)]
  }
}

/** `submitted after 14 steps, $0.12` */
function effortOf({ ending, steps, cost_usd }: RolloutFacts): string {
  return `${ending} after ${counted(steps, 'step')}, ${formatUsd(cost_usd)}`
}

/** The first line, bounded: an explanation may hold a whole log. */
function oneLine(text: string): string {
  const [first = ''] = text.trim().split('\n')
  return printable(first.length > 200 ? `${first.slice(0, 200)}…` : first)
}

function tally(now: Snapshot): string {
  return `(${now.total - now.queued - now.running}/${now.total})`
}
