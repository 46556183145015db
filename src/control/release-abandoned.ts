import { advance, type FaultPolicy, leasesOf } from '../domain/attempt.ts'
import { heldOfOtherRuns, type StoredAttempt, saveAttempt } from '../store/attempts.ts'
import type { Store } from '../store/store.ts'

/** Takes back what other runs than this one left held; what they finished stays. Returns how many. */
export function releaseAbandoned(store: Store, runId: string, policy: FaultPolicy): number {
  return store.transaction(() => {
    const abandoned = heldOfOtherRuns(store, runId)
    for (const { attempt_id, attempt } of abandoned) {
      const released = leasesOf(attempt).reduce<StoredAttempt['attempt']>(
        (state, { generation }) => advance<never>(state as never, { type: 'released', generation }, policy),
        attempt,
      )
      saveAttempt(store, attempt_id, released)
    }
    return abandoned.length
  })
}
