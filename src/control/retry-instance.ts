import { advance, type FaultPolicy } from '../domain/attempt.ts'
import { attemptsAt, getOpenAttempt, type OpenAttempt, type StoredAttempt, saveAttempt } from '../store/attempts.ts'
import { getInstance } from '../store/instances.ts'
import { getRun } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import { takeAgain } from './intake.ts'

export type Retried =
  /** These wait now. */
  | { readonly kind: 'queued'; readonly attempts: readonly OpenAttempt[] }
  | { readonly kind: 'refused'; readonly explanation: string }

export interface RetryIn {
  readonly runId: string
  readonly policy: FaultPolicy
}

/**
 * Queues again what ended of an instance while its run goes on: its environment, unless that is accepted; of a run that
 * makes rollouts the tries that the machinery failed.
 */
export function retryInstance(store: Store, instanceId: string, run: RetryIn): Retried {
  return store.transaction(() => {
    const attempts = attemptsAt(store, run.runId, instanceId)
    const [first] = attempts
    if (first === undefined) return refused(`${instanceId} is not an instance of this run`)
    return first.kind === 'synthesis' ? synthesizeAgain(store, first, run) : rollOutAgain(store, attempts, run)
  })
}

function synthesizeAgain(store: Store, { instance_id, attempt }: StoredAttempt, run: RetryIn): Retried {
  if (isOpen(attempt)) return refused(`${instance_id} is not over yet: it is ${attempt.state}`)
  if (attempt.state === 'settled' && attempt.verdict.kind === 'accepted') {
    return refused(
      `${instance_id} is accepted — \`openswe run … --only ${instance_id} --retry accepted\` does it again`,
    )
  }
  const instance = getInstance(store, instance_id)
  const author = getRun(store, run.runId)?.author
  if (instance === undefined || author == null) throw new Error(`${instance_id}: its row, or its run, is not stored`)
  takeAgain(store, instance, { ...run, author })
  const waiting = attemptsAt(store, run.runId, instance_id).filter((one) => one.attempt.state === 'queued')
  return queued(store, waiting)
}

function rollOutAgain(store: Store, tries: readonly StoredAttempt[], { policy }: RetryIn): Retried {
  const failed = tries.filter(({ attempt }) => attempt.state === 'faulted')
  for (const { attempt_id, attempt } of failed) {
    if (attempt.state === 'faulted')
      saveAttempt(store, attempt_id, advance<never>(attempt, { type: 'requeued' }, policy))
  }
  if (failed.length > 0) return queued(store, failed)
  return refused(`none of the tries at ${tries[0]?.instance_id} was given up after faults`)
}

function queued(store: Store, attempts: readonly StoredAttempt[]): Retried {
  return { kind: 'queued', attempts: attempts.map(({ attempt_id }) => getOpenAttempt(store, attempt_id)) }
}

function isOpen({ state }: StoredAttempt['attempt']): boolean {
  return state === 'queued' || state === 'leased' || state === 'running'
}

function refused(explanation: string): Retried {
  return { kind: 'refused', explanation }
}
