import { advance, type FaultPolicy } from '../domain/attempt.ts'
import type { AuthorName } from '../domain/environment.ts'
import type { Instance } from '../domain/instance.ts'
import type { Verdict } from '../domain/verdict.ts'
import type { InputRow } from '../input/instance-file.ts'
import { assignToRun, currentAttempt, insertAttempt, type StoredSynthesis, saveAttempt } from '../store/attempts.ts'
import { putInstance } from '../store/instances.ts'
import type { Store } from '../store/store.ts'
import { sha256 } from '../util/sha256.ts'
import { releaseAbandoned } from './release-abandoned.ts'
import { reopenRollouts } from './reopen-rollouts.ts'

/** What a later run may take up again. Interrupted and queued attempts always go on. */
export type Retry = Verdict['kind'] | 'faulted'

type InputProblem = Extract<InputRow, { kind: 'problem' }>

export interface IntakeOptions {
  readonly runId: string
  readonly author: AuthorName
  /** Only these ids; null takes all. */
  readonly only: ReadonlySet<string> | null
  /** The most instances to take, after `only`. */
  readonly limit: number
  readonly retry: ReadonlySet<Retry>
  readonly policy: FaultPolicy
  readonly onProblem: (problem: InputProblem) => void
}

/** How the rows of a file stand against what the store knows. */
export interface Intake {
  /** Rows that are instances of this run. */
  readonly instances: number
  /** Rows that are none, by errors; warnings leave a row in. */
  readonly problems: number
  readonly added: number
  /** In the queue already: interrupted, or never begun. */
  readonly continued: number
  /** Known by another content: as good as new. */
  readonly changed: number
  readonly retried: number
  /** Not done again, by what they ended as. */
  readonly skipped: Readonly<Record<Retry, number>>
  /** Ids of `only` that the file does not hold. */
  readonly missing: readonly string[]
}

type TakeOptions = Pick<IntakeOptions, 'runId' | 'author' | 'retry' | 'policy'>

type Standing = 'added' | 'continued' | 'changed' | 'retried' | Retry

const batchSize = 200
/** How many rows' garbage may pile up: left to itself, Bun lets it grow far larger than all that is kept. */
const rowsPerCollection = 1000

/** Brings the rows of a file into the store and queues what is to be done, a batch of rows at a time. */
export async function takeIn(store: Store, rows: AsyncIterable<InputRow>, options: IntakeOptions): Promise<Intake> {
  releaseAbandoned(store, options.runId, options.policy)
  const counts = new Map<Standing, number>()
  const missing = new Set(options.only)
  let batch: Instance[] = []
  let instances = 0
  let problems = 0
  const flush = () => {
    const standings = store.transaction(() => batch.map((instance) => takeOne(store, instance, options)))
    for (const standing of standings) counts.set(standing, (counts.get(standing) ?? 0) + 1)
    batch = []
  }
  for await (const row of rows) {
    if (row.kind === 'problem') {
      if (row.severity === 'error') problems += 1
      options.onProblem(row)
      continue
    }
    const { instance_id } = row.instance
    if (options.only !== null && !options.only.has(instance_id)) continue
    missing.delete(instance_id)
    instances += 1
    batch.push(row.instance)
    if (batch.length === batchSize) flush()
    if (instances % rowsPerCollection === 0) Bun.gc(true)
    if (instances >= options.limit) break
  }
  flush()
  const count = (standing: Standing) => counts.get(standing) ?? 0
  return {
    instances,
    problems,
    added: count('added'),
    continued: count('continued'),
    changed: count('changed'),
    retried: count('retried'),
    skipped: {
      accepted: count('accepted'),
      rejected: count('rejected'),
      unsolvable: count('unsolvable'),
      faulted: count('faulted'),
    },
    missing: [...missing].sort(),
  }
}

/** Same fields, same digest, in whatever order the row has them. */
function digestOf(instance: Instance): string {
  const fields = Object.entries(instance).sort(([a], [b]) => (a < b ? -1 : 1))
  return sha256(JSON.stringify(fields))
}

/** Does again what ended, but what is accepted; to be called in a transaction. */
export function takeAgain(store: Store, instance: Instance, options: Omit<TakeOptions, 'retry'>): void {
  takeOne(store, instance, { ...options, retry: new Set(['rejected', 'unsolvable', 'faulted']) })
}

function takeOne(store: Store, instance: Instance, options: TakeOptions): Standing {
  const digest = digestOf(instance)
  const current = currentAttempt(store, instance.instance_id)
  const standing = standingOf(current, digest, options)
  if (current === undefined || standing === 'changed') putInstance(store, instance, digest)
  if (current !== undefined && goesOn(current, standing, options)) {
    if (standing === 'retried') requeue(store, current, options.policy)
    assignToRun(store, current.attempt_id, options.runId)
  } else {
    const { runId: run_id, author } = options
    reopenRollouts(store, instance.instance_id, options.policy)
    insertAttempt(store, { instance_id: instance.instance_id, row_digest: digest, author, run_id })
  }
  return standing
}

/** Whether the attempt that is there stands, with its finished iterations; else a new one takes its place. */
function goesOn({ author, attempt }: StoredSynthesis, standing: Standing, options: TakeOptions): boolean {
  // What another author began is not gone on with: its iterations mean nothing to this one.
  if (standing === 'continued') return author === options.author
  if (standing === 'changed') return false
  if (standing !== 'retried') return true
  const isOutOfBudget = attempt.state === 'faulted' && attempt.faults.at(-1)?.kind === 'instance-budget-spent'
  return isOutOfBudget && author === options.author
}

function requeue(store: Store, { attempt_id, attempt }: StoredSynthesis, policy: FaultPolicy): void {
  saveAttempt(store, attempt_id, advance(attempt, { type: 'requeued' }, policy))
}

function standingOf(current: StoredSynthesis | undefined, digest: string, options: TakeOptions): Standing {
  if (current === undefined) return 'added'
  if (current.row_digest !== digest) return 'changed'
  const { attempt } = current
  switch (attempt.state) {
    case 'queued':
    case 'leased':
    case 'running':
      return 'continued'
    case 'faulted':
    case 'spared':
      return options.retry.has('faulted') ? 'retried' : 'faulted'
    case 'settled':
      return options.retry.has(attempt.verdict.kind) ? 'retried' : attempt.verdict.kind
  }
}
