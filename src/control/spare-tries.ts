import { canStillFall } from '../curation/early-stop.ts'
import type { PassRate } from '../curation/pass-rate.ts'
import { advance, type FaultPolicy } from '../domain/attempt.ts'
import { currentRollouts, type StoredRollout, saveAttempt } from '../store/attempts.ts'
import type { Store } from '../store/store.ts'
import type { RolloutPlan } from './run-plan.ts'

/** How the tries that are graded ended. */
export function passRateOf(tries: readonly StoredRollout[]): PassRate {
  const verdicts = tries.flatMap(({ attempt }) => (attempt.state === 'settled' ? [attempt.verdict.kind] : []))
  return { resolved: verdicts.filter((kind) => kind === 'resolved').length, tried: verdicts.length }
}

/** Spares the tries that wait at an instance whose pass rate cannot fall into the wanted band any more. Returns which. */
export function spareTries(
  store: Store,
  { instance_id, solver }: Pick<StoredRollout, 'instance_id' | 'solver'>,
  plan: RolloutPlan,
  policy: FaultPolicy,
): readonly number[] {
  return store.transaction(() => {
    const tries = currentRollouts(store, instance_id, solver)
    if (canStillFall(plan.keep, passRateOf(tries), plan.tries)) return []
    const waiting = tries.filter(({ attempt }) => attempt.state === 'queued')
    for (const { attempt_id, attempt } of waiting) {
      saveAttempt(store, attempt_id, advance(attempt, { type: 'spared' }, policy))
    }
    return waiting.map(({ attempt_id }) => attempt_id)
  })
}
