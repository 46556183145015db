import * as v from 'valibot'
import type { OptionRow } from './command.ts'
import { day, flag, text, wholeNumber } from './option-values.ts'

/** The options of `collect`, in the order of the help. */
export const collectOptionRows: readonly OptionRow[] = [
  { name: 'names', value: 'FILE', description: 'Names of repositories, one a line (- is stdin)' },
  { name: 'language', value: 'NAME', description: 'Search: repositories mostly in this language' },
  { name: 'min-stars', value: 'N', description: 'Search: with at least so many stars (default: 5)' },
  { name: 'pushed-after', value: 'DATE', description: 'Search: with commits on this day or later' },
  {
    name: 'max-repos',
    value: 'N',
    description: 'Search: at most so many repositories, most stars first (default: 1000)',
  },
  { name: 'git', value: 'FOLDER', description: 'Mine this clone instead, and ask no API' },
  { name: 'branch', value: 'NAME', description: 'With --git: the branch to mine (default: HEAD)' },
  { name: 'repo', value: 'NAME', description: "With --git: owner/name of the rows (default: from the clone's origin)" },
  { name: 'issues', value: 'PATH', description: 'With --git: texts of issues, as JSON, JSONL or a folder' },
  { name: 'since', value: 'DATE', description: 'Pull requests opened on this day (UTC) or later; commits with --git' },
  { name: 'before', value: 'DATE', description: 'Opened before this day (UTC)' },
  { name: 'limit', value: 'N', description: 'Rows of one repository at most, newest first' },
  { name: 'linked', description: 'Only pull requests that close an issue' },
  { name: 'from-git', description: 'Take every diff from git, which the repository is fetched for' },
  {
    name: 'repos',
    value: 'TEMPLATE',
    description: 'Where git finds repositories: a URL or path with {repo}, {owner}, {name} (default: GitHub)',
  },
  { name: 'out', value: 'FILE', description: 'Write rows here, and how far they are in FILE.state (default: stdout)' },
  { name: 'state', value: 'FILE', description: 'Keep here how far the rows are, to continue from' },
  { name: 'token-file', value: 'FILE', description: 'Tokens, one a line (default: GITHUB_TOKENS or GITHUB_TOKEN)' },
  {
    name: 'api',
    value: 'URL',
    description: 'API of a GitHub Enterprise Server, as https://HOST (default: GITHUB_API_URL)',
  },
  {
    name: 'cache',
    value: 'FOLDER',
    description: 'Where answers and bare repositories are kept (default: ~/.cache/openswe)',
  },
  { name: 'json', description: 'Print progress as JSON lines, on stderr' },
]

export const collectOptions = {
  names: v.optional(text),
  language: v.optional(text),
  minStars: v.optional(wholeNumber(0, 100_000_000)),
  pushedAfter: v.optional(day),
  maxRepos: v.optional(wholeNumber(1, 1_000_000), '1000'),
  git: v.optional(text),
  branch: v.optional(text, 'HEAD'),
  repo: v.optional(text),
  issues: v.optional(text),
  since: v.optional(day),
  before: v.optional(day),
  limit: v.optional(wholeNumber(1, 1_000_000_000)),
  linked: flag,
  fromGit: flag,
  repos: v.optional(text),
  out: v.optional(text),
  state: v.optional(text),
  tokenFile: v.optional(text),
  api: v.optional(
    v.pipe(
      text,
      v.check(
        (typed) => /^https?:\/\//.test(typed) && URL.canParse(typed),
        'an address such as https://HOST is wanted',
      ),
    ),
  ),
  cache: v.optional(text),
  json: flag,
} as const

const collectSchema = v.object(collectOptions)

export type CollectFlags = v.InferOutput<typeof collectSchema>
