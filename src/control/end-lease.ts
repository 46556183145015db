import { type Attempt, type AttemptEvent, advance, type FaultPolicy } from '../domain/attempt.ts'
import type { Change } from './apply-event.ts'
import type { KnownLease } from './fleet-node.ts'
import type { Ledger } from './ledger.ts'

/** Writes down what control itself says of a lease that is over. Null where there is no such attempt. */
export function endLease(ledger: Ledger, attempt: number, event: AttemptEvent<never>, policy: FaultPolicy): Change {
  return ledger.transaction(() => {
    const stored = ledger.get(attempt)
    if (stored === undefined) return null
    const next = advance(stored.attempt as Attempt<never>, event, policy)
    if (next !== stored.attempt) ledger.save(attempt, next)
    return { ...stored, attempt: next, before: stored.attempt } as NonNullable<Change>
  })
}

/** What has not begun is only given back. */
export function deathOf({ generation, startedAtMs }: KnownLease, node: string, atMs: number): AttemptEvent<never> {
  if (startedAtMs === null) return { type: 'released', generation }
  return { type: 'lost', generation, message: `${node} died, or was not heard of for longer than a lease lasts`, atMs }
}
