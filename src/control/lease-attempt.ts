import { type Attempt, advance, type FaultPolicy, leaseOf } from '../domain/attempt.ts'
import type { Lease } from '../domain/lease.ts'
import type { Task } from '../domain/message.ts'
import type { Ledger } from './ledger.ts'
import { type Avoidance, avoidanceAfter } from './queue.ts'

export interface LeasedAttempt {
  readonly generation: number
  readonly avoid: Avoidance | null
  readonly task: Task
}

/** Writes down that a node holds an attempt, for the order that says so to leave after. Null where it cannot be leased any more. */
export function leaseAttempt(
  ledger: Ledger,
  attempt: number,
  to: Omit<Lease, 'generation'>,
  policy: FaultPolicy,
): LeasedAttempt | null {
  return ledger.transaction(() => {
    const stored = ledger.get(attempt)
    if (stored === undefined) throw new Error(`attempt ${attempt} is queued, and not there`)
    const generation = stored.attempt.generation + 1
    const lease: Lease = { ...to, generation }
    const state = advance(stored.attempt as Attempt<never>, { type: 'leased', lease }, policy)
    if (leaseOf(state, generation) === null) return null
    ledger.save(attempt, state)
    const task = ledger.lease(stored, { attempt, generation })
    return { generation, avoid: avoidanceAfter(state.faults), task }
  })
}
