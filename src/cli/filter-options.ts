import * as v from 'valibot'
import type { FilterSettings } from '../collect/filter-settings.ts'
import { flagNames } from '../collect/quality/flag.ts'
import { permissiveLicenses } from '../collect/rules/further.ts'
import { canonicalLanguage, languages } from '../input/language.ts'
import type { OptionRow } from './command.ts'
import { day, decimal, flag, list, someOf, text, wholeNumber } from './option-values.ts'

/** The options of `filter`, in the order of the help. */
export const filterOptionRows: readonly OptionRow[] = [
  { name: 'min-stars', value: 'N', description: 'Stars of the repository at least (default: 5)' },
  { name: 'language', value: 'NAME,…', description: 'Primary language of the repository, or any (default: python)' },
  { name: 'min-description', value: 'N', description: "Characters in the issue's description at least (default: 10)" },
  { name: 'commit-statements', description: "Take a commit's message where the issue's text is not at hand" },
  { name: 'untested', description: 'Keep changes without a test, too' },
  { name: 'bots', description: 'Keep pull requests of bots, too' },
  { name: 'without-forks', description: 'Drop what is from forks' },
  { name: 'license', value: 'SPDX,…', description: 'Only these licences; permissive stands for the usual ones' },
  { name: 'min-lines', value: 'N', description: 'Lines changed outside tests at least' },
  { name: 'max-lines', value: 'N', description: 'Lines changed outside tests at most' },
  { name: 'max-files', value: 'N', description: 'Files changed outside tests at most' },
  { name: 'since', value: 'DATE', description: 'Merged on this day (UTC) or later' },
  { name: 'before', value: 'DATE', description: 'Merged before this day (UTC)' },
  {
    name: 'against',
    value: 'FILE,…',
    description:
      "Drop what is in these JSONL files, by id and by patch: give SWE-bench's (all splits) and SWE-rebench's, which are not fetched for you",
  },
  { name: 'against-repos', description: 'Drop every row of a repository that is in those files' },
  {
    name: 'similarity',
    value: 'SHARE',
    description: 'Take two patches for the same that are at least this much alike, from 0 to 1 (default: 0.85)',
  },
  { name: 'duplicates', description: 'Keep patches that are like an earlier one, too' },
  { name: 'complete', description: 'Drop rows that lack what a rule asks for; otherwise they pass' },
  { name: 'annotate', description: 'Add a field, quality: flags of the issue and its tests, each with a score' },
  { name: 'min-quality', value: 'SCORE', description: 'Drop rows below this quality, from 0 to 1' },
  { name: 'drop-flag', value: 'FLAG,…', description: `Drop rows with a flag: ${flagNames.join(', ')}` },
  { name: 'dropped', value: 'FILE', description: 'Write each row left out, the rule and why, as JSONL' },
  { name: 'explain', value: 'INSTANCE', description: 'Say what each rule finds about one row, and print no rows' },
  { name: 'json', description: 'Print progress and the funnel as JSON lines, on stderr' },
]

const share = decimal(0, 1)

const dayMs = v.pipe(day, v.transform(Date.parse))

const someLanguages = v.pipe(
  list,
  v.transform((names) => (names.includes('any') ? [] : names.map((name) => canonicalLanguage(name) ?? name))),
  v.check(
    (names) => names.every((name) => languages.includes(name)),
    () => `any, or some of ${languages.join(', ')} is wanted`,
  ),
)

const count = wholeNumber(0, 1_000_000_000)

export const filterOptions = {
  minStars: v.optional(count, '5'),
  language: v.optional(someLanguages, 'python'),
  minDescription: v.optional(count, '10'),
  commitStatements: flag,
  untested: flag,
  bots: flag,
  withoutForks: flag,
  license: v.optional(list),
  minLines: v.optional(count),
  maxLines: v.optional(count),
  maxFiles: v.optional(count),
  since: v.optional(dayMs),
  before: v.optional(dayMs),
  against: v.optional(list),
  againstRepos: flag,
  similarity: v.optional(share, '0.85'),
  duplicates: flag,
  complete: flag,
  annotate: flag,
  minQuality: v.optional(share),
  dropFlag: v.optional(someOf(flagNames)),
  dropped: v.optional(text),
  explain: v.optional(text),
  json: flag,
} as const

const schema = v.object(filterOptions)

export type FilterFlags = v.InferOutput<typeof schema>

export function filterSettings(flags: FilterFlags): FilterSettings {
  return {
    minStars: flags.minStars,
    languages: flags.language,
    minDescription: flags.minDescription,
    acceptCommitStatements: flags.commitStatements === true,
    needsTests: flags.untested !== true,
    keepBots: flags.bots === true,
    keepForks: flags.withoutForks !== true,
    licenses: flags.license === undefined ? null : licenseSet(flags.license),
    minLines: flags.minLines ?? 0,
    maxLines: flags.maxLines ?? Number.POSITIVE_INFINITY,
    maxFiles: flags.maxFiles ?? Number.POSITIVE_INFINITY,
    sinceMs: flags.since ?? Number.NEGATIVE_INFINITY,
    beforeMs: flags.before ?? Number.POSITIVE_INFINITY,
    similarity: flags.similarity,
    byRepository: flags.againstRepos === true,
    minQuality: flags.minQuality ?? 0,
    dropFlags: flags.dropFlag ?? [],
    keepDuplicates: flags.duplicates === true,
  }
}

function licenseSet(names: readonly string[]): ReadonlySet<string> {
  return new Set(
    names.map((name) => name.toLowerCase()).flatMap((name) => (name === 'permissive' ? permissiveLicenses : name)),
  )
}
