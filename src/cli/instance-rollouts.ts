import { formatUsd } from '../domain/budget.ts'
import { rolloutsOfInstance, type StoredRollout } from '../store/attempts.ts'
import { getRollout, getRolloutFacts, type RolloutFacts, type RolloutRecord } from '../store/rollouts.ts'
import type { Store } from '../store/store.ts'
import { printable } from '../util/printable.ts'
import { UsageError } from './errors.ts'
import { table } from './table.ts'

/** What became of one try; its facts are absent until its solver is done. */
export type RolloutStanding = Partial<RolloutFacts> & {
  readonly solver: string
  readonly number: number
  readonly state: StoredRollout['attempt']['state']
  readonly outcome: 'resolved' | 'unresolved' | null
  readonly reason: string | null
  /** Of what is unresolved, or of the last fault. */
  readonly explanation: string | null
}

/** The tries at an instance, by solver and number. */
export function rolloutStandings(store: Store, instanceId: string): readonly RolloutStanding[] {
  return rolloutsOfInstance(store, instanceId).map(({ attempt_id, solver, number, attempt }) => {
    const facts = getRolloutFacts(store, attempt_id) ?? {}
    return { solver, number, state: attempt.state, ...outcomeOf(attempt), ...facts }
  })
}

function outcomeOf(attempt: StoredRollout['attempt']): Pick<RolloutStanding, 'outcome' | 'reason' | 'explanation'> {
  if (attempt.state === 'settled') {
    const { verdict } = attempt
    if (verdict.kind === 'resolved') return { outcome: 'resolved', reason: null, explanation: null }
    return { outcome: 'unresolved', reason: verdict.reason, explanation: verdict.explanation }
  }
  const fault = attempt.faults.at(-1)
  return { outcome: null, reason: fault?.kind ?? null, explanation: fault?.message ?? null }
}

/** A row a try; empty where there is none. */
export function rolloutTable(standings: readonly RolloutStanding[]): string {
  if (standings.length === 0) return ''
  const rows = standings.map((row) => [
    String(row.number).padStart('rollout'.length),
    printable(row.solver),
    row.ending ?? '',
    row.outcome ?? row.state,
    ...[row.steps, row.input_tokens, row.output_tokens].map((count) => (count === undefined ? '' : String(count))),
    row.cost_usd === undefined ? '' : formatUsd(row.cost_usd),
    whyOf(row),
  ])
  return table([['rollout', 'solver', 'ending', 'outcome', 'turns', 'tokens in', 'out', 'cost', 'why'], ...rows])
}

const shownWhy = 120

function whyOf({ reason, explanation }: RolloutStanding): string {
  if (reason === null) return ''
  const text = printable(`${reason}: ${explanation?.trim().split('\n')[0] ?? ''}`)
  return text.length > shownWhy ? `${text.slice(0, shownWhy)}…` : text
}

/** What the try of this number left, of whichever solver has it. Throws UsageError where it is not one, or not done. */
export function chosenRollout(
  store: Store,
  instanceId: string,
  chosen: { readonly number: number; readonly solver: string | undefined },
): RolloutRecord & { readonly solver: string } {
  const { number, solver } = chosen
  const tries = rolloutsOfInstance(store, instanceId)
  const found = tries.filter((row) => row.number === number && (solver === undefined || row.solver === solver))
  const [first, second] = found
  if (first === undefined) {
    const whose = solver === undefined ? '' : ` by ${solver}`
    throw new UsageError(`${instanceId} has no rollout ${number}${whose} — it has ${namesOf(tries)}`)
  }
  if (second !== undefined) {
    const solvers = found.map((row) => `'${row.solver}'`).join(' or ')
    throw new UsageError(`rollout ${number} is there of several solvers — add --solver ${solvers}`)
  }
  const record = getRollout(store, first.attempt_id)
  if (record === undefined)
    throw new UsageError(`rollout ${number} by ${first.solver} is not made yet — \`openswe rollout\` makes it`)
  return { ...record, solver: first.solver }
}

function namesOf(tries: readonly StoredRollout[]): string {
  const bySolver = Map.groupBy(tries, ({ solver }) => solver)
  const names = [...bySolver].map(([solver, own]) => `${own.map(({ number }) => number).join(', ')} by ${solver}`)
  return names.length === 0 ? 'none' : names.join('; ')
}
