import type { Proof } from '../domain/proof.ts'
import type { PublishedImage } from '../domain/published-image.ts'
import type { ResolvedEnvironment, Stage } from '../domain/synthesis-event.ts'
import { getArtefact, putArtefact } from './artefacts.ts'
import type { Store } from './store.ts'

interface EnvironmentRow {
  readonly dockerfile: string
  readonly test_command: string
  readonly eval_script: string
  readonly eval_script_skeleton: string
  readonly image_id: string
  readonly image_tag: string
}

export function putEnvironment(
  store: Store,
  attemptId: number,
  environment: ResolvedEnvironment,
  published: PublishedImage | null = null,
): void {
  store.run(
    'insert or replace into environments values (?, ?, ?, ?, ?, ?, ?, ?)',
    attemptId,
    putArtefact(store, environment.dockerfile),
    JSON.stringify(environment.testCommand),
    putArtefact(store, environment.evalScript),
    putArtefact(store, environment.evalScriptSkeleton),
    environment.imageId,
    environment.imageTag,
    published && JSON.stringify(published),
  )
}

export function getEnvironment(store: Store, attemptId: number): ResolvedEnvironment | undefined {
  const row = store.get<EnvironmentRow>('select * from environments where attempt_id = ?', attemptId)
  return (
    row && {
      dockerfile: getArtefact(store, row.dockerfile),
      testCommand: JSON.parse(row.test_command),
      evalScript: getArtefact(store, row.eval_script),
      evalScriptSkeleton: getArtefact(store, row.eval_script_skeleton),
      imageId: row.image_id,
      imageTag: row.image_tag,
    }
  )
}

/** Where the image of an accepted environment is besides, or why it is not there; null where nobody asked for it. */
export function getPublished(store: Store, attemptId: number): PublishedImage | null {
  const sql = 'select published from environments where attempt_id = ?'
  const published = store.get<{ published: string | null }>(sql, attemptId)?.published ?? null
  return published === null ? null : JSON.parse(published)
}

/** Ids of the images of every environment that was ever accepted. */
export function acceptedImages(store: Store): ReadonlySet<string> {
  const rows = store.all<{ image_id: string }>(
    "select distinct image_id from environments join attempts using (attempt_id) where outcome = 'accepted'",
  )
  return new Set(rows.map((row) => row.image_id))
}

export function putProof(store: Store, attemptId: number, proof: Proof): void {
  store.run('insert or replace into proofs values (?, ?)', attemptId, putArtefact(store, JSON.stringify(proof)))
}

export function getProof(store: Store, attemptId: number): Proof | undefined {
  const row = store.get<{ proof: string }>('select proof from proofs where attempt_id = ?', attemptId)
  return row && (JSON.parse(getArtefact(store, row.proof)) as Proof)
}

/** What one finished stage took. */
export interface Cost {
  readonly iteration: number
  readonly stage: Stage
  readonly duration_ms: number
}

export function addCost(store: Store, attemptId: number, cost: Cost): void {
  store.run(
    'insert into costs (attempt_id, iteration, stage, duration_ms) values (?, ?, ?, ?)',
    attemptId,
    cost.iteration,
    cost.stage,
    cost.duration_ms,
  )
}

/** The finished stages of an attempt, in the order they ended. */
export function stagesOfAttempt(
  store: Store,
  attemptId: number,
): { readonly iteration: number; readonly stage: Stage; readonly durationMs: number }[] {
  return store.all(
    'select iteration, stage, duration_ms as durationMs from costs where attempt_id = ? order by rowid',
    attemptId,
  )
}

/** Where the time of an attempt went, over all its iterations, longest first. */
export function durationsByStage(store: Store, attemptId: number): { stage: Stage; duration_ms: number }[] {
  return store.all(
    'select stage, sum(duration_ms) as duration_ms from costs where attempt_id = ? group by stage order by 2 desc',
    attemptId,
  )
}

/** What attempts that are settled took, by repository. */
export function timesByRepository(store: Store): { repo: string; count: number; sumMs: number }[] {
  return store.all(
    `select repo, count(*) as count, sum(taken_ms) as sumMs
     from (select instance_id, sum(duration_ms) as taken_ms from costs join attempts using (attempt_id)
           where state = 'settled' group by attempt_id)
     join instances using (instance_id) group by repo`,
  )
}
