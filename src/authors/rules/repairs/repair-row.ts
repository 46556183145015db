import type { AuthorBrief } from '../../author.ts'
import type { RepositoryFacts } from '../facts.ts'
import type { Plan } from '../plan.ts'
import type { PlanChange } from '../plan-change.ts'

/** What an iteration left behind, as rows look at it. */
export interface Evidence {
  readonly from: 'build' | 'build-time-limit' | 'run'
  /** Without colours; of runs those with the fix, where there are any. */
  readonly text: string
}

/** What a row may know besides its matches. */
export interface Situation {
  readonly plan: Plan
  readonly facts: RepositoryFacts
  readonly brief: AuthorBrief
  readonly evidence: Evidence
}

/** One known trouble and its cure. Rows are tried in order; the same change is never made twice. */
export interface RepairRow {
  readonly name: string
  readonly why: string
  readonly from: readonly Evidence['from'][]
  /** Global, so that everything of one kind is repaired at once. */
  readonly sees: RegExp
  /** Null where the matches are not this row's after all. */
  change(matches: readonly RegExpExecArray[], situation: Situation): PlanChange | null
}

/** The distinct captures of all matches: the first group of each that is set. */
export function captures(matches: readonly RegExpExecArray[]): string[] {
  return [...new Set(matches.flatMap((match) => match.slice(1).find((group) => group !== undefined) ?? []))]
}

/** A `require` of what is named, or null where nothing is. */
export function requireAll(requirements: readonly (string | undefined)[]): PlanChange | null {
  const named = [...new Set(requirements.filter((requirement) => requirement !== undefined))]
  return named.length === 0 ? null : { kind: 'require', requirements: named }
}

/** True for the project itself and what belongs to it, which no index may provide. */
export function isOwn(name: string, { facts, brief }: Situation): boolean {
  const top = name.split('.')[0] ?? name
  const isAdded = brief.addedModules.some((module) => module === name || module.split('.')[0] === top)
  return isAdded || facts.ownModules.includes(top) || top.replaceAll('_', '-').toLowerCase() === facts.projectName
}
