/**
 * One merged pull request as `collect` writes it and `filter` reads it, one JSON object a line. The fields that
 * `Instance` has are named as there, so that a row can be run as it is; a null stands where nothing is known.
 */
export interface Candidate {
  /** `owner__name-<pull number>`; the commit's first 12 digits where a mined commit names no pull request. */
  readonly instance_id: string
  /** As the repository is called now, whatever it was asked for by. */
  readonly repo: string
  readonly pull_number: number | null
  /** What the change was made upon: the patches apply to it as they are. */
  readonly base_commit: string
  /** The commit that brought the last of the change to the branch. */
  readonly end_commit: string
  readonly title: string
  /** Texts of the issues, joined; empty where there is none. */
  readonly problem_statement: string
  /** Where the statement is from: a commit's own message stands in where the issue's text is not at hand. */
  readonly statement_from: 'issue' | 'commit' | null
  /** Comments on the issues that are older than the first commit. */
  readonly hints_text: string
  readonly patch: string
  readonly test_patch: string
  /** Ascending, of this repository. */
  readonly issue_numbers: readonly number[]
  /** ISO 8601, UTC. */
  readonly created_at: string | null
  readonly merged_at: string | null
  /** Login; a bot's ends with `[bot]`; null where the account is gone. */
  readonly pr_author: string | null
  readonly pr_labels: readonly string[]
  /** Primary language of the repository by its canonical name; null where it has none or we know no name for it. */
  readonly language: string | null
  /** SPDX identifier. */
  readonly license_name: string | null
  readonly stars: number | null
  readonly is_fork: boolean | null
}

const keys = [
  'instance_id',
  'repo',
  'pull_number',
  'base_commit',
  'end_commit',
  'title',
  'problem_statement',
  'statement_from',
  'hints_text',
  'patch',
  'test_patch',
  'issue_numbers',
  'created_at',
  'merged_at',
  'pr_author',
  'pr_labels',
  'language',
  'license_name',
  'stars',
  'is_fork',
] as const satisfies readonly (keyof Candidate)[]

/** The row's line, keys in their fixed order; what UTF-8 cannot hold, and NUL, becomes U+FFFD. */
export function candidateLine(candidate: Candidate): string {
  const entries = keys.map((key) => [key, clean(candidate[key])])
  return `${JSON.stringify(Object.fromEntries(entries))}\n`
}

function clean(value: Candidate[keyof Candidate]): Candidate[keyof Candidate] {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value
}
