import { isTestPath } from '../../domain/test-path.ts'
import { changedFiles } from '../filter-change.ts'
import type { FilterRow } from '../filter-row.ts'
import type { Rule } from './rule.ts'

export interface FurtherSettings {
  readonly needsTests: boolean
  readonly keepBots: boolean
  readonly keepForks: boolean
  /** SPDX identifiers in lower case; null where any licence will do. */
  readonly licenses: ReadonlySet<string> | null
  readonly minLines: number
  readonly maxLines: number
  readonly maxFiles: number
  /** Of the merge, else of the creation: from the first on, and before the second. */
  readonly sinceMs: number
  readonly beforeMs: number
}

/** What the paper does not ask, each by the facts of the row alone. */
export function furtherRules(settings: FurtherSettings): readonly Rule[] {
  return [
    ...(settings.needsTests ? [testChange] : []),
    ...(settings.keepBots ? [] : [bot]),
    ...(settings.keepForks ? [] : [fork]),
    ...(settings.licenses === null ? [] : [license(settings.licenses)]),
    ...(settings.minLines > 0 || settings.maxLines < Infinity || settings.maxFiles < Infinity ? [size(settings)] : []),
    ...(settings.sinceMs > -Infinity || settings.beforeMs < Infinity ? [date(settings)] : []),
  ]
}

const testChange: Rule = {
  name: 'test-change',
  check: ({ hasTests }) => (hasTests ? 'keep' : { drop: 'no test is changed' }),
}

/** Accounts that GitHub does not mark with `[bot]`, because they are older than apps or are plain users. */
const botNames =
  /^(?:dependabot(?:-preview)?|renovate(?:-bot|bot)?|greenkeeper(?:io-bot)?|pyup-bot|snyk-bot|imgbot|allcontributors|github-actions|pre-commit-ci|codecov-io|mergify|web-flow)$|[-_]bot$/i

const bot: Rule = {
  name: 'bot',
  check: ({ row: { pr_author } }) => {
    if (pr_author === undefined || pr_author === null) return 'not-said'
    return pr_author.endsWith('[bot]') || botNames.test(pr_author) ? { drop: `${pr_author} is a bot` } : 'keep'
  },
}

const fork: Rule = {
  name: 'fork',
  check: ({ row: { is_fork, repo } }) => {
    if (is_fork === undefined || is_fork === null) return 'not-said'
    return is_fork ? { drop: `${repo} is a fork` } : 'keep'
  },
}

/** Licences that let the code and what is made from it be passed on, with a notice at most. */
export const permissiveLicenses: readonly string[] = [
  ...['0bsd', 'afl-3.0', 'apache-2.0', 'artistic-2.0', 'bsd-2-clause', 'bsd-3-clause', 'bsd-3-clause-clear'],
  ...['bsd-4-clause', 'bsl-1.0', 'cc0-1.0', 'isc', 'mit', 'mit-0', 'ncsa', 'postgresql', 'psf-2.0', 'python-2.0'],
  ...['unlicense', 'upl-1.0', 'wtfpl', 'zlib', 'zpl-2.1'],
]

function license(licenses: ReadonlySet<string>): Rule {
  return {
    name: 'license',
    check: ({ row: { license_name } }) => {
      if (license_name === undefined || license_name === null) return 'not-said'
      return licenses.has(license_name.toLowerCase())
        ? 'keep'
        : { drop: `its licence, ${license_name}, is not on the list` }
    },
  }
}

function size({ minLines, maxLines, maxFiles }: FurtherSettings): Rule {
  return {
    name: 'size',
    check: ({ row }) => {
      const files = [...changedFiles(row.patch), ...changedFiles(row.test_patch ?? '')]
      const sources = files.filter(({ path }) => !isTestPath(path))
      const lines = sources.reduce((sum, file) => sum + file.countLines(), 0)
      if (lines < minLines) return { drop: `${lines} lines are changed outside tests, fewer than ${minLines}` }
      if (lines > maxLines) return { drop: `${lines} lines are changed outside tests, more than ${maxLines}` }
      if (sources.length <= maxFiles) return 'keep'
      return { drop: `${sources.length} files are changed outside tests, more than ${maxFiles}` }
    },
  }
}

function date({ sinceMs, beforeMs }: FurtherSettings): Rule {
  return {
    name: 'date',
    check: ({ row }) => {
      const timeMs = timeOf(row)
      if (timeMs === null) return 'not-said'
      const day = new Date(timeMs).toISOString().slice(0, 10)
      if (timeMs < sinceMs) return { drop: `it is of ${day}, before the first day wanted` }
      return timeMs < beforeMs ? 'keep' : { drop: `it is of ${day}, after the last day wanted` }
    },
  }
}

/** A time without a zone is UTC. */
function timeOf({ merged_at, created_at }: FilterRow): number | null {
  const value = merged_at ?? created_at
  if (value === undefined || value === null) return null
  const hasZone = typeof value === 'number' || !/\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(value)
  const timeMs = new Date(hasZone ? value : `${value}Z`).getTime()
  return Number.isNaN(timeMs) ? null : timeMs
}
