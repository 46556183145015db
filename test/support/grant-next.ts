import type { RunPlan } from '../../src/control/run-plan.ts'
import { storeLedger } from '../../src/control/store-ledger.ts'
import { advance, type FaultPolicy } from '../../src/domain/attempt.ts'
import type { Store } from '../../src/store/store.ts'

interface GrantTo {
  readonly runId: string
  readonly node: string
  readonly plan: RunPlan
  readonly policy: FaultPolicy
}

/** Leases the first attempt that may be leased now, as control does; null where there is none. */
export function grantNext(store: Store, { node, ...of }: GrantTo, nowMs: number) {
  const ledger = storeLedger(store, of)
  const isDue = ({ attempt }: ReturnType<typeof ledger.open>[number]) =>
    attempt.state === 'queued' && attempt.notBeforeMs <= nowMs
  const next = ledger.open().find(isDue)
  const stored = next && ledger.get(next.attempt_id)
  if (stored === undefined) return null
  const generation = stored.attempt.generation + 1
  const lease = { node, generation, grantedAtMs: nowMs }
  ledger.save(stored.attempt_id, advance<never>(stored.attempt as never, { type: 'leased', lease }, of.policy))
  const attempt = stored.attempt_id
  return { attempt, generation, task: ledger.lease(stored, { attempt, generation }) }
}
