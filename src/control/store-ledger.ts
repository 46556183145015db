import type { FaultPolicy } from '../domain/attempt.ts'
import type { LeaseKey } from '../domain/lease.ts'
import type { NodeEvent, Task } from '../domain/message.ts'
import type { SynthesisResult } from '../domain/synthesis-event.ts'
import { acceptedDataset } from '../rollout/grade-dataset.ts'
import { markApplied } from '../store/applied-events.ts'
import { getAttempt, openAttempts, type StoredAttempt, saveAttempt } from '../store/attempts.ts'
import { getInstance } from '../store/instances.ts'
import { dropOtherIterations, getIterations, putIteration, takeOverIterations } from '../store/iterations.ts'
import { getSavedNode, putNode } from '../store/nodes.ts'
import { referencesFor } from '../store/references.ts'
import { addCost, putEnvironment, putProof, timesByRepository } from '../store/results.ts'
import { getRollout, isRolloutOf, putGrade, putRollout, takeOverRollout } from '../store/rollouts.ts'
import { isRunPaused, setRunPaused } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import type { Ledger } from './ledger.ts'
import { type LedgerWatch, watchedLedger } from './ledger-watch.ts'
import type { RunPlan } from './run-plan.ts'
import { spareTries } from './spare-tries.ts'

export interface LedgerOf {
  readonly runId: string
  readonly plan: RunPlan
  readonly policy: FaultPolicy
  readonly watch?: LedgerWatch
}

/** The books of one run, in the database. */
export function storeLedger(store: Store, { runId, plan, policy, watch }: LedgerOf): Ledger {
  const ledger: Ledger = {
    transaction: (work) => store.transaction(work),
    open: () => openAttempts(store, runId),
    times: () => timesByRepository(store),
    get: (attempt) => getAttempt(store, attempt),
    save: (attempt, state) => saveAttempt(store, attempt, state),
    markApplied: (node, boot, sequence) => markApplied(store, node, boot, sequence),
    keep: (event, isHeld) => keep(store, event, isHeld),
    isRolloutOf: (key) => isRolloutOf(store, key),
    lease: (stored, key) => lease(store, stored, key, plan),
    spare: (settled) => {
      if (plan.kind !== 'rollout' || settled.kind !== 'rollout') return []
      return spareTries(store, settled, plan, policy)
    },
    savedNode: (node) => getSavedNode(store, runId, node),
    saveNode: (node, memory) => putNode(store, runId, node, memory),
    isPaused: () => isRunPaused(store, runId),
    savePaused: (isPaused) => setRunPaused(store, runId, isPaused),
  }
  return watch === undefined ? ledger : watchedLedger(ledger, watch)
}

function keep(store: Store, event: NodeEvent, isHeld: boolean): void {
  switch (event.type) {
    case 'stage':
      if (event.state === 'finished') {
        const { iteration, stage, durationMs } = event
        addCost(store, event.attempt, { iteration, stage, duration_ms: durationMs ?? 0 })
      }
      return
    case 'iteration':
      putIteration(store, event, event.record)
      return
    case 'rollout':
      putRollout(store, event, event.rollout, isHeld)
      return
    case 'settled':
      keepResult(store, event.attempt, event.result)
      dropOtherIterations(store, event)
      return
    case 'graded':
      putGrade(store, event.attempt, event.grade)
      return
    case 'faulted':
    case 'released':
      return
  }
}

function keepResult(store: Store, attemptId: number, result: SynthesisResult): void {
  if (result.environment !== undefined) putEnvironment(store, attemptId, result.environment, result.image ?? null)
  if (result.proof !== undefined) putProof(store, attemptId, result.proof)
}

/** Everything a node needs for an attempt, what earlier leases of it finished among it. */
function lease(store: Store, stored: StoredAttempt, key: LeaseKey, plan: RunPlan): Task {
  const { attempt_id, instance_id } = stored
  if (stored.kind === 'synthesis' && plan.kind === 'synthesis') {
    const instance = getInstance(store, instance_id)
    if (instance === undefined) throw new Error(`${instance_id}: queued, but its row is not in ${store.path}`)
    takeOverIterations(store, key)
    const { settings } = plan
    const references = referencesFor(store, instance)
    const resume = getIterations(store, attempt_id)
    return { kind: 'synthesis', instance, author: stored.author, settings, references, resume }
  }
  if (stored.kind === 'rollout' && plan.kind === 'rollout') {
    const opened = acceptedDataset(store).open(instance_id)
    if (opened.kind !== 'ready') throw new Error(`${instance_id}: queued for a rollout, but it ${opened.why}`)
    takeOverRollout(store, key)
    const { instance, environment, truth } = opened
    const { settings, limits } = plan
    const resume = getRollout(store, attempt_id)?.rollout ?? null
    return { kind: 'rollout', instance, environment, truth, number: stored.number, settings, limits, resume }
  }
  throw new Error(`${instance_id}: a ${stored.kind} is queued in a run of kind ${plan.kind}`)
}
