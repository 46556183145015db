import { type Attempt, type AttemptKind, freshAttempt, leasesOf, type RolloutAttempt } from '../domain/attempt.ts'
import type { AuthorName } from '../domain/environment.ts'
import type { Lease } from '../domain/lease.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import type { Store } from './store.ts'

interface Origin {
  readonly attempt_id: number
  readonly instance_id: string
  readonly row_digest: string
}

/** An attempt at the environment of an instance, with what it belongs to. */
export interface StoredSynthesis extends Origin {
  readonly kind: 'synthesis'
  readonly author: AuthorName
  readonly attempt: Attempt
}

/** A try of a solver at an instance, with what it belongs to. */
export interface StoredRollout extends Origin {
  readonly kind: 'rollout'
  readonly solver: string
  readonly number: number
  readonly attempt: RolloutAttempt
}

export type StoredAttempt = StoredSynthesis | StoredRollout

interface AttemptRow extends Origin {
  readonly kind: AttemptKind
  readonly author: AuthorName | null
  readonly solver: string
  readonly number: number
  readonly state: Attempt['state']
  readonly generation: number
  readonly not_before_ms: number
  readonly node: string | null
  readonly lease_generation: number | null
  readonly granted_at_ms: number | null
  readonly twin_node: string | null
  readonly twin_generation: number | null
  readonly twin_granted_at_ms: number | null
  readonly iteration: number | null
  readonly stage: Stage | null
  readonly stage_since_ms: number | null
  readonly verdict: string | null
  readonly settled_at_ms: number | null
  readonly faults: string
}

interface NewAttempt {
  readonly instance_id: string
  readonly row_digest: string
  readonly run_id: string
}

/** A new attempt at an environment, queued, in the place of the instance's current one. */
export function insertAttempt(store: Store, of: NewAttempt & { readonly author: AuthorName }): number {
  return insert(store, { ...of, kind: 'synthesis', solver: '', number: 0 })
}

/** A new rollout, queued, in the place of the current one of this solver and number. */
export function insertRollout(
  store: Store,
  of: NewAttempt & { readonly solver: string; readonly number: number },
): number {
  return insert(store, { ...of, kind: 'rollout', author: null })
}

function insert(store: Store, of: NewAttempt & Pick<AttemptRow, 'kind' | 'author' | 'solver' | 'number'>): number {
  store.run(
    `update attempts set is_current = 0
     where instance_id = ? and kind = ? and solver = ? and number = ? and is_current = 1`,
    of.instance_id,
    of.kind,
    of.solver,
    of.number,
  )
  return store.run(
    `insert into attempts (instance_id, row_digest, kind, author, solver, number, run_id, state)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
    of.instance_id,
    of.row_digest,
    of.kind,
    of.author,
    of.solver,
    of.number,
    of.run_id,
    freshAttempt.state,
  ).lastId
}

/** The attempt at its environment that counts. */
export function currentAttempt(store: Store, instanceId: string): StoredSynthesis | undefined {
  const row = store.get<AttemptRow>(
    "select * from attempts where instance_id = ? and kind = 'synthesis' and is_current = 1",
    instanceId,
  )
  return row && synthesisFrom(row)
}

/** The rollouts of a solver that count, by their numbers. */
export function currentRollouts(store: Store, instanceId: string, solver: string): StoredRollout[] {
  return store
    .all<AttemptRow>(
      `select * from attempts where instance_id = ? and kind = 'rollout' and solver = ? and is_current = 1
       order by number`,
      instanceId,
      solver,
    )
    .map(rolloutFrom)
}

/** Every rollout of an instance as its row is now that counts, by solver and number. */
export function rolloutsOfInstance(store: Store, instanceId: string): StoredRollout[] {
  return store
    .all<AttemptRow>(
      `select attempts.* from attempts join instances using (instance_id, row_digest)
       where instance_id = ? and kind = 'rollout' and is_current = 1 order by solver, number`,
      instanceId,
    )
    .map(rolloutFrom)
}

export function getAttempt(store: Store, attemptId: number): StoredAttempt | undefined {
  const row = store.get<AttemptRow>('select * from attempts where attempt_id = ?', attemptId)
  return row && fromRow(row)
}

/** An attempt of a run that is not over, as far as its turn depends on it. */
export interface OpenAttempt {
  readonly attempt_id: number
  readonly repo: string
  readonly kind: AttemptKind
  readonly author: AuthorName | null
  readonly attempt: Attempt<never>
}

/** Those of a run that wait or are held, in their order. */
export function openAttempts(store: Store, runId: string): OpenAttempt[] {
  return store
    .all<OpenRow>(
      `select attempts.*, repo from attempts join instances using (instance_id)
       where run_id = ? and is_current = 1 and state in ('queued', 'leased', 'running') order by attempt_id`,
      runId,
    )
    .map(openFrom)
}

/** One of which it is known that it waits or is held. */
export function getOpenAttempt(store: Store, attemptId: number): OpenAttempt {
  const row = store.get<OpenRow>(
    `select attempts.*, repo from attempts join instances using (instance_id)
     where attempt_id = ? and state in ('queued', 'leased', 'running')`,
    attemptId,
  )
  if (row === undefined) throw new Error(`attempt ${attemptId} neither waits nor is held`)
  return openFrom(row)
}

type OpenRow = AttemptRow & { readonly repo: string }

function openFrom(row: OpenRow): OpenAttempt {
  const { attempt_id, repo, kind, author } = row
  return { attempt_id, repo, kind, author, attempt: stateOf<never>(row) }
}

/** The attempts of a run at an instance that count, by their numbers. */
export function attemptsAt(store: Store, runId: string, instanceId: string): StoredAttempt[] {
  return store
    .all<AttemptRow>(
      'select * from attempts where instance_id = ? and run_id = ? and is_current = 1 order by solver, number',
      instanceId,
      runId,
    )
    .map(fromRow)
}

/** Current attempts of other runs that are held still. */
export function heldOfOtherRuns(store: Store, runId: string): StoredAttempt[] {
  return store
    .all<AttemptRow>(
      "select * from attempts where run_id <> ? and is_current = 1 and state in ('leased', 'running')",
      runId,
    )
    .map(fromRow)
}

/** Whether a node holds an attempt of this run. */
export function isHeld(store: Store, runId: string): boolean {
  const sql = "select 1 from attempts where run_id = ? and is_current = 1 and state in ('leased', 'running') limit 1"
  return store.get(sql, runId) !== undefined
}

export function assignToRun(store: Store, attemptId: number, runId: string): void {
  store.run('update attempts set run_id = ? where attempt_id = ?', runId, attemptId)
}

/** Writes the state that `advance` gave. */
export function saveAttempt(store: Store, attemptId: number, attempt: StoredAttempt['attempt']): void {
  const [lease, twin] = leasesOf(attempt)
  const running = attempt.state === 'running' ? attempt : null
  const settled = attempt.state === 'settled' ? attempt : null
  store.run(
    `update attempts set state = ?, generation = ?, not_before_ms = ?,
       node = iif(?, node, ?), lease_generation = ?, granted_at_ms = ?, twin_node = ?, twin_generation = ?, twin_granted_at_ms = ?, iteration = ?, stage = ?,
       stage_since_ms = ?, outcome = ?, reason = ?, verdict = ?, settled_at_ms = ?, faults = ?
     where attempt_id = ?`,
    attempt.state,
    attempt.generation,
    attempt.state === 'queued' ? attempt.notBeforeMs : 0,
    // Where it came to its end is kept.
    settled === null ? 0 : 1,
    ...leaseColumns(lease),
    ...leaseColumns(twin),
    running?.iteration ?? null,
    running?.stage ?? null,
    running?.stageSinceMs ?? null,
    settled?.verdict.kind ?? null,
    reasonOf(attempt),
    settled && JSON.stringify(settled.verdict),
    settled?.settledAtMs ?? null,
    JSON.stringify(attempt.faults),
    attemptId,
  )
}

function leaseColumns(lease: Lease | undefined) {
  return [lease?.node ?? null, lease?.generation ?? null, lease?.grantedAtMs ?? null]
}

/** What an attempt is counted under beside its outcome: the rejection reason, or the last fault's kind. */
function reasonOf(attempt: StoredAttempt['attempt']): string | null {
  if (attempt.state === 'faulted') return attempt.faults.at(-1)?.kind ?? null
  return attempt.state === 'settled' && 'reason' in attempt.verdict ? attempt.verdict.reason : null
}

function fromRow(row: AttemptRow): StoredAttempt {
  return row.kind === 'synthesis' ? synthesisFrom(row) : rolloutFrom(row)
}

function synthesisFrom(row: AttemptRow): StoredSynthesis {
  const { attempt_id, instance_id, row_digest, author } = row
  if (author === null) throw new Error(`attempt ${attempt_id} has no author`)
  return { kind: 'synthesis', attempt_id, instance_id, row_digest, author, attempt: stateOf(row) }
}

function rolloutFrom(row: AttemptRow): StoredRollout {
  const { attempt_id, instance_id, row_digest, solver, number } = row
  return { kind: 'rollout', attempt_id, instance_id, row_digest, solver, number, attempt: stateOf(row) }
}

/** `V` is what attempts of the row's kind end in. */
function stateOf<V>(row: AttemptRow): Attempt<V> {
  const faults = JSON.parse(row.faults)
  const { generation } = row
  switch (row.state) {
    case 'queued':
      return { state: 'queued', generation, notBeforeMs: row.not_before_ms, faults }
    case 'leased':
      return { state: 'leased', ...heldOf(row), faults }
    case 'running':
      return {
        state: 'running',
        ...heldOf(row),
        iteration: row.iteration ?? 0,
        stage: row.stage ?? 'fetch',
        stageSinceMs: row.stage_since_ms ?? 0,
        faults,
      }
    case 'settled':
      return {
        state: 'settled',
        generation,
        verdict: JSON.parse(row.verdict ?? ''),
        settledAtMs: row.settled_at_ms ?? 0,
        faults,
      }
    case 'faulted':
    case 'spared':
      return { state: row.state, generation, faults }
  }
}

function heldOf({ generation, ...row }: AttemptRow) {
  const lease = { node: row.node ?? '', generation: row.lease_generation ?? 0, grantedAtMs: row.granted_at_ms ?? 0 }
  const { twin_node, twin_generation, twin_granted_at_ms } = row
  if (twin_node === null || twin_generation === null) return { generation, lease, twin: null }
  return {
    generation,
    lease,
    twin: { node: twin_node, generation: twin_generation, grantedAtMs: twin_granted_at_ms ?? 0 },
  }
}

/** Current attempts that ended in acceptance, by instance id in byte order: the same every time. */
export function acceptedAttempts(store: Store): { attempt_id: number; instance_id: string }[] {
  return store.all(
    "select attempt_id, instance_id from attempts where is_current = 1 and outcome = 'accepted' order by instance_id",
  )
}
