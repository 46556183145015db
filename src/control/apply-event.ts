import { type AttemptEvent, type AttemptKind, advance, type FaultPolicy, leaseOf } from '../domain/attempt.ts'
import type { NodeEvent } from '../domain/message.ts'
import type { StoredAttempt } from '../store/attempts.ts'
import type { Ledger } from './ledger.ts'

/** What an event did to an attempt; null where it did nothing: applied before, stale, or of the wrong kind. */
export type Change = (StoredAttempt & { readonly before: StoredAttempt['attempt'] }) | null

/** Of those that attempts of one kind alone bring about. */
const kindOfEvent: Readonly<Partial<Record<NodeEvent['type'], AttemptKind>>> = {
  iteration: 'synthesis',
  settled: 'synthesis',
  rollout: 'rollout',
  graded: 'rollout',
}

/** What counts from a lease that is over too: it is work that is done and paid (R10). */
const lateTypes: ReadonlySet<NodeEvent['type']> = new Set(['iteration', 'settled', 'rollout', 'graded'])

/**
 * Applies an event in one transaction. Applying it twice changes nothing. Of a lease that is over only finished work
 * counts, and only as long as the attempt has no end.
 */
export function applyEvent(ledger: Ledger, event: NodeEvent, policy: FaultPolicy): Change {
  return ledger.transaction(() => {
    if (!ledger.markApplied(event.node, event.boot, event.sequence)) return null
    const stored = ledger.get(event.attempt)
    if (stored === undefined || !counts(ledger, stored, event)) return null
    const isHeld = leaseOf(stored.attempt, event.generation) !== null
    ledger.keep(event, isHeld)
    const changed = afterEvent(stored, event, policy)
    if (changed === null) return null
    ledger.save(event.attempt, changed.attempt)
    return { ...changed, before: stored.attempt }
  })
}

function counts(ledger: Ledger, { kind, attempt }: StoredAttempt, event: NodeEvent): boolean {
  if ((kindOfEvent[event.type] ?? kind) !== kind) return false
  if (attempt.state === 'settled' || event.generation > attempt.generation) return false
  if (event.type === 'graded' && !ledger.isRolloutOf(event)) return false
  const lease = leaseOf(attempt, event.generation)
  return lease === null ? lateTypes.has(event.type) : lease.node === event.node
}

/** Null where the event moves nothing. Each kind of attempt has an end of its own. */
function afterEvent(stored: StoredAttempt, event: NodeEvent, policy: FaultPolicy): StoredAttempt | null {
  const { generation, atMs } = event
  if (stored.kind === 'synthesis') {
    const transition =
      event.type === 'settled'
        ? ({ type: 'settled', generation, verdict: event.result.verdict, atMs } as const)
        : transitionOf(event)
    return transition && { ...stored, attempt: advance(stored.attempt, transition, policy) }
  }
  const transition =
    event.type === 'graded'
      ? ({ type: 'settled', generation, verdict: event.grade.outcome, atMs } as const)
      : transitionOf(event)
  return transition && { ...stored, attempt: advance(stored.attempt, transition, policy) }
}

function transitionOf(event: NodeEvent): AttemptEvent<never> | null {
  const { generation, atMs } = event
  switch (event.type) {
    case 'stage':
      if (event.state === 'finished') return null
      return { type: 'stage', generation, iteration: event.iteration, stage: event.stage, atMs }
    case 'iteration':
    case 'rollout':
    case 'settled':
    case 'graded':
      return null
    case 'faulted':
      return { type: 'faulted', generation, fault: event.fault, atMs }
    case 'released':
      return { type: 'released', generation }
  }
}
