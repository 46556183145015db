import { pathOf } from '../../domain/patch.ts'
import { scanPatch } from '../../domain/patch-scan.ts'
import { isTestPath } from '../../domain/test-path.ts'
import type { FilterRow } from '../filter-row.ts'
import { type Evidence, type FlagName, flagNames, type QualityFacts, type QualityRule } from './flag.ts'
import { givesSolution } from './gives-solution.ts'
import { misaligned } from './misaligned.ts'
import { statementFlags } from './statement-flags.ts'

export interface QualityFlag extends Evidence {
  readonly flag: FlagName
}

/** What the rules found about an issue and its tests, as `--annotate` writes it. It is advice: nothing is dropped by it. */
export interface Quality {
  /** From 0 to 1: what the worst flag leaves. */
  readonly score: number
  readonly flags: readonly QualityFlag[]
}

/** Every rule of quality; of several for one flag the surest counts, and each other makes it a little surer. */
const qualityRules: readonly QualityRule[] = [...givesSolution, ...statementFlags, ...misaligned]

const perFurtherEvidence = 0.1

export function assessQuality(row: FilterRow): Quality {
  const files = [...scanPatch(row.patch), ...scanPatch(row.test_patch ?? '')]
  const facts: QualityFacts = {
    statement: row.problem_statement ?? '',
    sources: files.filter((file) => !isTestPath(pathOf(file))),
    tests: files.filter((file) => isTestPath(pathOf(file))),
  }
  const flags = flagNames.flatMap((flag) => flagOf(flag, facts) ?? [])
  const worst = Math.max(0, ...flags.map(({ score }) => score))
  return { score: rounded(1 - worst), flags }
}

function flagOf(flag: FlagName, facts: QualityFacts): QualityFlag | null {
  const found = qualityRules.filter((rule) => rule.flag === flag).flatMap((rule) => rule.look(facts) ?? [])
  if (found.length === 0) return null
  const surest = Math.max(...found.map(({ score }) => score))
  const score = rounded(Math.min(1, surest + perFurtherEvidence * (found.length - 1)))
  return { flag, score, explanation: found.map(({ explanation }) => explanation).join('; ') }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
