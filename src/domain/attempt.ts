import type { Fault, FaultKind } from './fault.ts'
import type { GradeOutcome } from './grade.ts'
import type { Lease } from './lease.ts'
import type { Stage } from './synthesis-event.ts'
import type { Verdict } from './verdict.ts'

/** A fault that an attempt met, kept with the attempt so that a person can see why it took three tries. */
export interface FaultNote extends Fault {
  readonly node: string
  readonly atMs: number
}

/** What an attempt is for: the environment of an instance, or one rollout in it. */
export type AttemptKind = 'synthesis' | 'rollout'

interface Held {
  readonly generation: number
  readonly lease: Lease
  /** A second lease, for a straggler that another node does as well: the first verdict counts. */
  readonly twin: Lease | null
  readonly faults: readonly FaultNote[]
}

/** One try at synthesizing the environment of an instance, or at solving it, which ends in a `V`. A retry is a new attempt. */
export type Attempt<V = Verdict> =
  | {
      readonly state: 'queued'
      /** That of the last lease, 0 if there was none; in every state the highest that was given out. */
      readonly generation: number
      /** It is not leased before then; 0 if nothing went wrong. */
      readonly notBeforeMs: number
      readonly faults: readonly FaultNote[]
    }
  | (Held & { readonly state: 'leased' })
  | (Held & {
      readonly state: 'running'
      readonly iteration: number
      readonly stage: Stage
      readonly stageSinceMs: number
    })
  | {
      readonly state: 'settled'
      readonly generation: number
      readonly verdict: V
      readonly settledAtMs: number
      readonly faults: readonly FaultNote[]
    }
  /** The machinery failed too often, or what the instance may cost is spent. Not a verdict: a later run tries again. */
  | { readonly state: 'faulted'; readonly generation: number; readonly faults: readonly FaultNote[] }
  /** No longer wanted: whatever came of it, the pass rate of its instance could not fall into the wanted band. */
  | { readonly state: 'spared'; readonly generation: number; readonly faults: readonly FaultNote[] }

/** A rollout as an attempt: it ends in what grading says of the solver's patch. */
export type RolloutAttempt = Attempt<GradeOutcome>

export type AttemptEvent<V = Verdict> =
  | { readonly type: 'leased'; readonly lease: Lease }
  | {
      readonly type: 'stage'
      readonly generation: number
      readonly iteration: number
      readonly stage: Stage
      readonly atMs: number
    }
  | { readonly type: 'settled'; readonly generation: number; readonly verdict: V; readonly atMs: number }
  | { readonly type: 'faulted'; readonly generation: number; readonly fault: Fault; readonly atMs: number }
  /** The holder gave it back: it continues later where it was, and nothing is held against it. */
  | { readonly type: 'released'; readonly generation: number }
  /** While it ran, its holder died, or was not heard of for longer than a lease lasts. */
  | { readonly type: 'lost'; readonly generation: number; readonly message: string; readonly atMs: number }
  /** It waits, and is no longer wanted. */
  | { readonly type: 'spared' }
  /** A later run takes it up again where it was, faulted or spared. */
  | { readonly type: 'requeued' }
  /** What it ended in was measured against something that no longer holds. */
  | { readonly type: 'reopened' }

/** How often an attempt may meet a fault before it is left alone, and how long it waits after each. */
export interface FaultPolicy {
  readonly maxFaults: number
  /** After the first fault, the second …; the last holds for the rest. */
  readonly waitsMs: readonly number[]
}

export const defaultFaultPolicy: FaultPolicy = { maxFaults: 3, waitsMs: [2_000, 15_000] }

export const freshAttempt: Attempt<never> = { state: 'queued', generation: 0, notBeforeMs: 0, faults: [] }

/** How many nodes may fail under an attempt before it is taken for what breaks them: more than fail by themselves. */
const maxNodeFaults = 10

/** The lease of this generation, where it is one that counts. */
export function leaseOf(attempt: Attempt<unknown>, generation: number): Lease | null {
  if (attempt.state !== 'leased' && attempt.state !== 'running') return null
  const { lease, twin } = attempt
  return lease.generation === generation ? lease : twin?.generation === generation ? twin : null
}

/** Every lease that counts. */
export function leasesOf(attempt: Attempt<unknown>): readonly Lease[] {
  if (attempt.state !== 'leased' && attempt.state !== 'running') return []
  return attempt.twin === null ? [attempt.lease] : [attempt.lease, attempt.twin]
}

/**
 * The only function that changes an attempt's state. Events from a lease that does not count leave it as it was, but for a
 * verdict: the first one of whatever lease ends it, since its work is done and paid (R10).
 */
export function advance<V>(attempt: Attempt<V>, event: AttemptEvent<V>, policy: FaultPolicy): Attempt<V> {
  switch (event.type) {
    case 'leased':
      return leased(attempt, event.lease)
    case 'requeued':
    case 'reopened':
      return queuedAgain(attempt, event.type)
    case 'spared':
      if (attempt.state !== 'queued') return attempt
      return { state: 'spared', generation: attempt.generation, faults: attempt.faults }
    case 'settled': {
      const { generation, faults } = attempt
      if (attempt.state === 'settled' || event.generation > generation) return attempt
      return { state: 'settled', generation, verdict: event.verdict, settledAtMs: event.atMs, faults }
    }
    case 'stage':
      if (attempt.state !== 'leased' && attempt.state !== 'running') return attempt
      // The stages of a twin are not shown: it is behind.
      if (attempt.lease.generation !== event.generation) return attempt
      return { ...attempt, state: 'running', iteration: event.iteration, stage: event.stage, stageSinceMs: event.atMs }
    case 'released':
      return withoutLease(attempt, event.generation, null, policy)
    case 'faulted':
      return withoutLease(attempt, event.generation, { ...event.fault, atMs: event.atMs }, policy)
    case 'lost': {
      const { message, atMs } = event
      return withoutLease(attempt, event.generation, { kind: 'node-lost', message, atMs }, policy)
    }
  }
}

function leased<V>(attempt: Attempt<V>, lease: Lease): Attempt<V> {
  const { generation } = lease
  if (generation <= attempt.generation) return attempt
  switch (attempt.state) {
    case 'queued':
      return { state: 'leased', generation, lease, twin: null, faults: attempt.faults }
    case 'leased':
    case 'running':
      return attempt.twin === null ? { ...attempt, generation, twin: lease } : attempt
    case 'settled':
    case 'faulted':
    case 'spared':
      return attempt
  }
}

/** Ends one lease, for `fault` if there is one. What another node holds as well continues there, with nothing held against it. */
function withoutLease<V>(
  attempt: Attempt<V>,
  ofGeneration: number,
  fault: Omit<FaultNote, 'node'> | null,
  policy: FaultPolicy,
): Attempt<V> {
  const gone = leaseOf(attempt, ofGeneration)
  if (gone === null || (attempt.state !== 'leased' && attempt.state !== 'running')) return attempt
  const { generation, lease, twin, faults } = attempt
  if (twin !== null && gone === twin) return { ...attempt, twin: null }
  if (twin !== null && gone === lease) return { state: 'leased', generation, lease: twin, twin: null, faults }
  return fault === null
    ? { state: 'queued', generation, notBeforeMs: 0, faults }
    : afterFault(generation, [...faults, { ...fault, node: gone.node }], policy)
}

function queuedAgain<V>(attempt: Attempt<V>, why: 'requeued' | 'reopened'): Attempt<V> {
  switch (attempt.state) {
    case 'queued':
    case 'leased':
    case 'running':
      return attempt
    case 'settled':
      return why === 'reopened' ? takenUp(attempt.generation) : attempt
    case 'faulted':
    case 'spared':
      return why === 'requeued' ? takenUp(attempt.generation) : attempt
  }
}

function takenUp(generation: number): Attempt<never> {
  return { state: 'queued', generation, notBeforeMs: 0, faults: [] }
}

/** Faults of what all instances share. They hold nothing against the attempt that met them. */
const sharedKinds: ReadonlySet<FaultKind> = new Set([
  'model-unreachable',
  'model-refused',
  'budget-spent',
  'interrupted',
])

/** Faults of the node where the attempt was. They hold nothing against it either, unless there are very many. */
const nodeKinds: ReadonlySet<FaultKind> = new Set(['node-lost', 'engine-unreachable', 'disk-full', 'index-unreachable'])

function afterFault(generation: number, faults: readonly FaultNote[], policy: FaultPolicy): Attempt<never> {
  const last = faults.at(-1)
  const isOver =
    last?.kind === 'instance-budget-spent' || ownCount(faults) >= policy.maxFaults || nodeCount(faults) >= maxNodeFaults
  if (isOver) return { state: 'faulted', generation, faults }
  // Another node can go on at once.
  if (last?.kind === 'node-lost') return { state: 'queued', generation, notBeforeMs: 0, faults }
  const waitMs = policy.waitsMs[faults.length - 1] ?? policy.waitsMs.at(-1) ?? 0
  return { state: 'queued', generation, notBeforeMs: (last?.atMs ?? 0) + waitMs, faults }
}

function ownCount(faults: readonly FaultNote[]): number {
  return faults.filter(({ kind }) => !sharedKinds.has(kind) && !nodeKinds.has(kind)).length
}

function nodeCount(faults: readonly FaultNote[]): number {
  return faults.filter(({ kind }) => nodeKinds.has(kind)).length
}
