import type { Attempt } from '../domain/attempt.ts'
import type { LeaseKey } from '../domain/lease.ts'
import type { NodeEvent, Task } from '../domain/message.ts'
import type { OpenAttempt, StoredAttempt } from '../store/attempts.ts'
import type { NodeMemory, SavedNode } from '../store/nodes.ts'
import type { NodeView } from './node-view.ts'

/** What control writes down, and what a life of it begins from. What a transaction wrote is there after any crash, or nothing of it is. */
export interface Ledger {
  transaction<T>(work: () => T): T
  /** The attempts of the run that are not over, in their order. */
  open(): readonly OpenAttempt[]
  /** What attempts took that are settled, by repository. */
  times(): readonly { readonly repo: string; readonly count: number; readonly sumMs: number }[]
  get(attempt: number): StoredAttempt | undefined
  save(attempt: number, state: Attempt<never> | StoredAttempt['attempt']): void
  /** False where it, or a later one of the same boot, was marked before. */
  markApplied(node: string, boot: string, sequence: number): boolean
  /** Stores what an event carries beside the attempt's state. `isHeld` is false where its lease is over. */
  keep(event: NodeEvent, isHeld: boolean): void
  /** Whether a grade of this lease is one of the rollout that is stored. */
  isRolloutOf(key: LeaseKey): boolean
  /** Everything a node needs for an attempt; what earlier leases of it finished goes over to this one. */
  lease(stored: StoredAttempt, key: LeaseKey): Task
  /** Spares what need not be done any more now that this one is settled. Returns which. */
  spare(settled: StoredAttempt): readonly number[]
  /** What an earlier life of control saved of a node; null where nothing. */
  savedNode(node: string): SavedNode | null
  saveNode(node: NodeView, memory: NodeMemory): void
  /** Whether people asked that nothing begins. */
  isPaused(): boolean
  savePaused(isPaused: boolean): void
}
