import type { Ledger } from '../../src/control/ledger.ts'
import type { NodeView } from '../../src/control/node-view.ts'
import {
  type Attempt,
  type AttemptEvent,
  advance,
  type FaultPolicy,
  freshAttempt,
  leasesOf,
} from '../../src/domain/attempt.ts'
import type { Lease, LeaseKey } from '../../src/domain/lease.ts'
import type { NodeEvent, Task } from '../../src/domain/message.ts'
import type { OpenAttempt, StoredAttempt } from '../../src/store/attempts.ts'
import type { NodeMemory, SavedNode } from '../../src/store/nodes.ts'
import { anInstance, anIteration, someSettings } from '../support/run-values.ts'
import type { Mutation } from './mutation.ts'
import type { AttemptPlan } from './scenario.ts'
import type { Watch } from './watch.ts'

/** Control dies here. */
export class Crash extends Error {}

type State = StoredAttempt['attempt']

interface Row {
  readonly plan: AttemptPlan
  attempt: State
  /** Finished iterations that are stored. */
  iterations: number
  /** What became of it, in order. */
  log: readonly AttemptEvent[]
}

export interface BooksOptions {
  readonly plans: readonly AttemptPlan[]
  readonly policy: FaultPolicy
  readonly watch: Watch
  readonly mutation: Pick<Mutation, 'savedNode' | 'forgetsPause'>
  /** A lease of an attempt that is not over is taken away. */
  readonly onLeaseGone: (attempt: number, lease: Lease) => void
}

/** The books of a run in memory: they survive a crash, and what a transaction had not finished then is undone. */
export class Books implements Ledger {
  readonly #options: BooksOptions
  readonly #rows: ReadonlyMap<number, Row>
  readonly #marks = new Map<string, number>()
  readonly #marked = new Set<string>()
  readonly #nodes = new Map<string, SavedNode>()
  #isPaused = false
  #undo: (() => void)[] = []
  #event: NodeEvent | null = null
  #crashIn: { transactions: number; readonly isCommitted: boolean } | null = null

  constructor(options: BooksOptions) {
    this.#options = options
    this.#rows = new Map(
      options.plans.map((plan) => [plan.attempt, { plan, attempt: freshAttempt, iterations: 0, log: [] }]),
    )
  }

  /** Control dies in so many transactions from now, before or after it is committed. */
  crashIn(transactions: number, isCommitted: boolean): void {
    this.#crashIn = { transactions, isCommitted }
  }

  doNotCrash(): void {
    this.#crashIn = null
  }

  transaction<T>(work: () => T): T {
    this.#undo = []
    this.#event = null
    const result = work()
    if (this.#crashIn !== null) {
      this.#crashIn.transactions -= 1
      if (this.#crashIn.transactions < 0) this.#crash(this.#crashIn.isCommitted)
    }
    this.#undo = []
    return result
  }

  #crash(isCommitted: boolean): never {
    this.#crashIn = null
    if (!isCommitted) for (const undo of this.#undo.reverse()) undo()
    throw new Crash()
  }

  open(): readonly OpenAttempt[] {
    return [...this.#rows.values()]
      .filter(({ attempt }) => !isOver(attempt))
      .map(({ plan, attempt }) => ({
        attempt_id: plan.attempt,
        repo: plan.repo,
        kind: 'synthesis',
        author: plan.mayTwin ? 'rules' : 'model',
        attempt: attempt as Attempt<never>,
      }))
  }

  times() {
    return []
  }

  get(attempt: number): StoredAttempt | undefined {
    const row = this.#rows.get(attempt)
    if (row === undefined) return undefined
    const author = row.plan.mayTwin ? 'rules' : 'model'
    const origin = { attempt_id: attempt, instance_id: `r__r-${attempt}`, row_digest: '' }
    return { ...origin, kind: 'synthesis', author, attempt: row.attempt as Attempt }
  }

  save(attempt: number, state: State): void {
    const row = this.#row(attempt)
    const { attempt: before, log } = row
    const { watch, policy } = this.#options
    watch.check('I1 one end', !isOver(before) || state === before, () => {
      return `attempt ${attempt} was ${JSON.stringify(before)} and is to be ${JSON.stringify(state)}`
    })
    const event = this.#eventBetween(attempt, before, state)
    const expected = advance(before as Attempt, event, policy)
    watch.check('sum of events', same(expected, state), () => {
      return `attempt ${attempt}: after ${JSON.stringify(event)} it is ${JSON.stringify(state)}, not ${JSON.stringify(expected)}`
    })
    watch.check(
      'I5 generations grow',
      state.generation >= before.generation,
      () => `attempt ${attempt}: ${state.generation} after ${before.generation}`,
    )
    this.#undo.push(() => Object.assign(row, { attempt: before, log }))
    row.attempt = state
    row.log = [...log, event]
    if (isOver(state)) return
    const left = leasesOf(state).map(({ generation }) => generation)
    for (const lease of leasesOf(before)) {
      if (!left.includes(lease.generation)) this.#options.onLeaseGone(attempt, lease)
    }
  }

  markApplied(node: string, boot: string, sequence: number): boolean {
    const key = `${node} ${boot}`
    const mark = this.#marks.get(key) ?? 0
    if (sequence <= mark) return false
    this.#marks.set(key, sequence)
    const one = `${boot} ${sequence}`
    this.#marked.add(one)
    this.#undo.push(() => {
      this.#marks.set(key, mark)
      this.#marked.delete(one)
    })
    return true
  }

  /** Whether this event itself was applied, and not only a later one of its boot. */
  isApplied({ boot, sequence }: { readonly boot: string; readonly sequence: number }): boolean {
    return this.#marked.has(`${boot} ${sequence}`)
  }

  keep(event: NodeEvent): void {
    this.#event = event
    if (event.type !== 'iteration') return
    const row = this.#row(event.attempt)
    const { iterations } = row
    row.iterations = Math.max(iterations, event.record.number)
    this.#undo.push(() => Object.assign(row, { iterations }))
  }

  isRolloutOf(): boolean {
    return false
  }

  lease({ attempt_id }: StoredAttempt, _key: LeaseKey): Task {
    const { plan, iterations } = this.#row(attempt_id)
    return {
      kind: 'synthesis',
      instance: anInstance(`r__r-${attempt_id}`, { repo: plan.repo }),
      author: plan.mayTwin ? 'rules' : 'model',
      settings: someSettings,
      references: [],
      resume: records.slice(0, iterations),
    }
  }

  spare(): readonly number[] {
    return []
  }

  savedNode(node: string): SavedNode | null {
    const saved = this.#nodes.get(node) ?? null
    return saved === null ? null : (this.#options.mutation.savedNode?.(saved) ?? saved)
  }

  saveNode({ node, settled, accepted, faulted, stolen }: NodeView, memory: NodeMemory): void {
    const before = this.#nodes.get(node)
    this.#options.watch.check(
      'what a node did is counted on',
      before === undefined || (settled >= before.settled && accepted >= before.accepted),
      () => `${node}: ${settled} settled after ${before?.settled}`,
    )
    this.#nodes.set(node, { settled, accepted, faulted, stolen, ...memory })
    this.#undo.push(() => {
      if (before === undefined) this.#nodes.delete(node)
      else this.#nodes.set(node, before)
    })
  }

  isPaused(): boolean {
    return this.#isPaused && this.#options.mutation.forgetsPause !== true
  }

  savePaused(isPaused: boolean): void {
    const before = this.#isPaused
    this.#isPaused = isPaused
    this.#undo.push(() => {
      this.#isPaused = before
    })
  }

  states(): ReadonlyMap<number, State> {
    return new Map([...this.#rows].map(([attempt, row]) => [attempt, row.attempt]))
  }

  planOf(attempt: number): AttemptPlan {
    return this.#row(attempt).plan
  }

  /** That every attempt is what its events make of a fresh one. */
  checkSums(): void {
    const { watch, policy } = this.#options
    for (const [attempt, { attempt: state, log }] of this.#rows) {
      const sum = log.reduce<Attempt>((before, event) => advance(before, event, policy), freshAttempt)
      watch.check(
        'sum of events',
        same(sum, state),
        () => `attempt ${attempt} is ${JSON.stringify(state)}; its events make ${JSON.stringify(sum)}`,
      )
    }
  }

  #row(attempt: number): Row {
    const row = this.#rows.get(attempt)
    if (row === undefined) throw new Error(`there is no attempt ${attempt}`)
    return row
  }

  /** What led from one state to the next: the event that is applied, or what control alone can say. */
  #eventBetween(attempt: number, before: State, after: State): AttemptEvent {
    const event = this.#event
    const { generation } = after
    if (event !== null && event.attempt === attempt) return ofNode(event, after)
    if (generation > before.generation) {
      const lease = leasesOf(after).find((one) => one.generation === generation)
      if (lease !== undefined) return { type: 'leased', lease }
    }
    const left = leasesOf(after).map((lease) => lease.generation)
    const gone = leasesOf(before).find((lease) => !left.includes(lease.generation))
    if (gone === undefined)
      throw new Error(`attempt ${attempt}: nothing leads from ${JSON.stringify(before)} to ${JSON.stringify(after)}`)
    const fault = after.faults.length > before.faults.length ? after.faults.at(-1) : undefined
    if (fault === undefined) return { type: 'released', generation: gone.generation }
    return { type: 'lost', generation: gone.generation, message: fault.message, atMs: fault.atMs }
  }
}

const records = Array.from({ length: 4 }, (_, index) => anIteration(index + 1))

export function isOver({ state }: State): boolean {
  return state === 'settled' || state === 'faulted' || state === 'spared'
}

/** Times are as control stored them. */
function ofNode(event: NodeEvent, after: State): AttemptEvent {
  const { generation } = event
  switch (event.type) {
    case 'stage': {
      const atMs = after.state === 'running' ? after.stageSinceMs : event.atMs
      return { type: 'stage', generation, iteration: event.iteration, stage: event.stage, atMs }
    }
    case 'settled': {
      const atMs = after.state === 'settled' ? after.settledAtMs : event.atMs
      return { type: 'settled', generation, verdict: event.result.verdict, atMs }
    }
    case 'faulted':
      return { type: 'faulted', generation, fault: event.fault, atMs: after.faults.at(-1)?.atMs ?? event.atMs }
    case 'released':
      return { type: 'released', generation }
    default:
      throw new Error(`${event.type} changes no attempt`)
  }
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
