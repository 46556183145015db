import { splitPatch } from '../domain/patch.ts'
import type { IssueFacts, PullFacts, RepositoryFacts } from '../github/facts.ts'
import { canonicalLanguage } from '../input/language.ts'
import type { Candidate } from './candidate.ts'
import type { CommitRange } from './collect-range.ts'

export interface PullParts {
  readonly repository: RepositoryFacts
  readonly pull: PullFacts
  /** With all comments that may be hints. */
  readonly issues: readonly IssueFacts[]
  readonly range: CommitRange
  readonly diff: string
}

/** The row of a pull request: everything is known, nothing is asked. */
export function candidateOf({ repository, pull, issues, range, diff }: PullParts): Candidate {
  const { repo } = repository
  const told = issues.filter((issue) => Date.parse(issue.createdAt) <= Date.parse(pull.mergedAt)).sort(byNumber)
  return {
    instance_id: instanceIdOf(repo, String(pull.number)),
    repo,
    pull_number: pull.number,
    base_commit: range.base,
    end_commit: range.end,
    title: pull.title,
    problem_statement: told.map((issue) => `${issue.title}\n${issue.body}\n`).join(''),
    statement_from: told.length === 0 ? null : 'issue',
    hints_text: hintsOf(told, firstCommitAt(pull)),
    ...splitPatch(diff),
    issue_numbers: told.filter((issue) => issue.repo.toLowerCase() === repo.toLowerCase()).map((issue) => issue.number),
    created_at: pull.createdAt,
    merged_at: pull.mergedAt,
    pr_author: pull.author,
    pr_labels: [...pull.labels].sort(),
    language: repository.language === null ? null : canonicalLanguage(repository.language),
    license_name: repository.licenseName,
    stars: repository.stars,
    is_fork: repository.isFork,
  }
}

export function instanceIdOf(repo: string, suffix: string): string {
  return `${repo.replace('/', '__')}-${suffix}`
}

function byNumber(a: IssueFacts, b: IssueFacts): number {
  return a.number - b.number || (a.repo < b.repo ? -1 : 1)
}

/** Dates of commits are what somebody's clock said, so that the first commit need not have the first date. */
export function firstCommitAt(pull: PullFacts): string {
  const dates = pull.commits.map((commit) => commit.authoredAt)
  return dates.reduce((first, date) => (Date.parse(date) < Date.parse(first) ? date : first), pull.createdAt)
}

/** What was said before anybody had begun to solve it: a comment that was changed later may tell the solution. */
function hintsOf(issues: readonly IssueFacts[], before: string): string {
  const isBefore = (date: string) => Date.parse(date) < Date.parse(before)
  const comments = issues.flatMap((issue) => issue.comments)
  return comments
    .filter((comment) => isBefore(comment.createdAt) && isBefore(comment.updatedAt) && comment.body !== '')
    .map((comment) => `${comment.body}\n`)
    .join('')
}
