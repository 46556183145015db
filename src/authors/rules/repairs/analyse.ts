import { FaultError } from '../../../domain/fault.ts'
import type { Analysis, AuthorBrief, Iteration, IterationResult } from '../../author.ts'
import { indexTroubleIn } from '../../index-trouble.ts'
import type { RepositoryFacts } from '../facts.ts'
import type { Plan } from '../plan.ts'
import { changesNothing, describeChange, isTestCommandChange, type PlanChange, withoutProject } from '../plan-change.ts'
import { readPlanChange } from '../plan-change-schema.ts'
import { repairRows } from './all-rows.ts'
import { evidenceOf } from './evidence.ts'
import type { RepairRow, Situation } from './repair-row.ts'

/** Rejections that an environment can be blamed for; for the others there is nothing to repair. */
const repairable: ReadonlySet<string> = new Set([
  'not-a-test-run',
  'crashed-before-fix',
  'tests-fail-with-fix',
  'no-fail-to-pass',
  'fail-to-pass-skipped',
  'exit-code-disagrees',
])

const networkTrouble =
  /socket\.gaierror|Temporary failure in name resolution|Network is unreachable|Max retries exceeded|NewConnectionError|URLError: <urlopen error|Name or service not known/

/** What is done about an iteration: the first row that matches and whose change was not made before. */
export function analyse(
  brief: AuthorBrief,
  facts: RepositoryFacts,
  plan: Plan,
  iterations: readonly Iteration[],
): Analysis {
  const result = iterations.at(-1)?.result
  if (result === undefined) return { kind: 'give-up', explanation: 'nothing was tried' }
  if (result.kind === 'evaluated' && !repairable.has(result.reason)) return giveUp(result)
  const evidence = evidenceOf(result)
  if (evidence === null) return giveUp(result)
  const trouble = evidence.from === 'run' ? null : indexTroubleIn(evidence.text)
  if (trouble !== null) {
    throw new FaultError('index-unreachable', `the build could not reach the package index: ${trouble}`)
  }
  const used = new Set(iterations.flatMap((iteration) => iteration.guidance.map(({ key }) => key)))
  const found = firstRepair({ plan, facts, brief, evidence }, used)
  if (found !== null) return revise(found.row, found.key, found.change)
  if (evidence.from === 'run' && networkTrouble.test(evidence.text)) {
    return { kind: 'unsolvable', explanation: `the tests need a network: ${firstError(evidence.text)}` }
  }
  return giveUp(result)
}

function firstRepair(
  situation: Situation,
  used: ReadonlySet<string>,
): { row: RepairRow; key: string; change: PlanChange } | null {
  for (const row of repairRows) {
    if (!row.from.includes(situation.evidence.from)) continue
    const matches = [...situation.evidence.text.matchAll(row.sees)]
    const change = matches.length === 0 ? null : changeOf(row, matches, situation)
    if (change === null || changesNothing(situation.plan, change)) continue
    const key = `${row.name}: ${describeChange(change)}`
    if (!used.has(key)) return { row, key, change }
  }
  return null
}

/** Null also where the log that it was read from names something that nothing can be called. */
function changeOf(row: RepairRow, matches: readonly RegExpExecArray[], situation: Situation): PlanChange | null {
  const change = readPlanChange(row.change(matches, situation))
  return change === null ? null : withoutProject(change, situation.facts.projectName)
}

function revise(row: RepairRow, key: string, change: PlanChange): Analysis {
  const guidance = { key, text: `${describeChange(change)}: ${row.why}`, repair: change }
  return isTestCommandChange(change)
    ? { kind: 'revise', evalScript: guidance }
    : { kind: 'revise', dockerfile: guidance }
}

function giveUp(result: IterationResult): Analysis {
  return { kind: 'give-up', explanation: explain(result) }
}

function explain(result: IterationResult): string {
  switch (result.kind) {
    case 'no-answer':
      return result.explanation
    case 'repeated':
      return `the same environment as in iteration ${result.ofIteration}`
    case 'dockerfile-refused':
      return `the Dockerfile was refused: ${result.problems.join('; ')}`
    case 'build-failed':
      return `no repair is known for the failed build: ${firstError(result.log)}`
    case 'build-timed-out':
      return `no repair is known for a build that takes longer than ${Math.round(result.afterMs / 1000)} s`
    case 'evaluated':
      return `no repair is known for ${result.reason}: ${result.explanation}`
  }
}

/** The first line that reads like an error, bounded. */
function firstError(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  const line = lines.find((candidate) => /\b(?:error|Error|fatal|failed)\b/.test(candidate)) ?? lines.findLast(Boolean)
  return (line ?? 'no output').slice(0, 300)
}
