import { splitPatch } from '../domain/patch.ts'
import { type LoggedCommit, readMainline, readMerged } from '../git/commit-log.ts'
import { orderedMap } from '../util/ordered-map.ts'
import type { Candidate } from './candidate.ts'
import { localDiff } from './collect-diff.ts'
import { instanceIdOf } from './collect-pull.ts'
import type { CollectState, CollectStep, Skip } from './collect-step.ts'
import type { IssueText } from './mine-git-issues.ts'
import { type CommitStory, storyOf } from './mine-git-message.ts'

export interface MineOptions {
  readonly gitDir: string
  /** What the rows call it. */
  readonly repo: string
  /** Null: the commits' own messages are the statements. */
  readonly issues: ReadonlyMap<number, IssueText> | null
  /** Committed at or after `since` and before `until`, ISO 8601; null is no bound. */
  readonly since: string | null
  readonly until: string | null
  readonly limit: number
  readonly signal: AbortSignal
}

const commitsPerPage = 100
const commitsAtATime = 2

/**
 * The changes that a branch's main line took in, newest first, from `tip` back: merges and squashes of pull requests,
 * and commits that close an issue. What a state came with goes on with what would have followed.
 */
export async function* mineGit(options: MineOptions, tip: string, from: CollectState): AsyncGenerator<CollectStep> {
  const { gitDir, repo, signal } = options
  let state = from
  if (state.repoIndex === 0 && state.seen === 0) yield { kind: 'repository', repo, asked: repo }
  while (state.repoIndex === 0) {
    const commits = await readMainline(gitDir, state.cursor ?? tip, commitsPerPage, signal)
    const rows = yield* minePage(options, commits, state.rows)
    const next = commits.at(-1)?.parents[0] ?? null
    const isLast = next === null || rows >= options.limit || isBeforeWindow(commits, options)
    const seen = state.seen + commits.length
    state = { ...state, repoIndex: isLast ? 1 : 0, cursor: isLast ? null : next, seen, rows }
    yield { kind: 'page', state, total: null }
  }
}

/** Returns how many rows there are with those of this page. */
async function* minePage(
  options: MineOptions,
  commits: readonly LoggedCommit[],
  rowsBefore: number,
): AsyncGenerator<CollectStep, number> {
  let rows = rowsBefore
  const wanted = commits.filter((commit) => commit.parents.length > 0 && isWanted(commit, options))
  for await (const outcome of orderedMap(wanted, commitsAtATime, (commit) => mineCommit(options, commit))) {
    if (outcome !== null) yield outcome
    if (outcome?.kind === 'row') rows += 1
    if (rows >= options.limit) break
  }
  return rows
}

type Mined = { readonly kind: 'row'; readonly candidate: Candidate } | Skip

/** Null where the commit is neither a pull request's nor says that it closes an issue. */
async function mineCommit(options: MineOptions, commit: LoggedCommit): Promise<Mined | null> {
  const { gitDir, repo, signal } = options
  const { oid, parents } = commit
  const merged = parents.length > 1 ? await readMerged(gitDir, oid, parents, signal) : []
  const texts = merged.filter((each) => each.parents.length < 2).map((each) => each.message)
  const story = storyOf(commit.message, texts, repo)
  if (story.pullNumber === null && story.issueNumbers.length === 0) return null
  const skipped = (reason: Skip['reason'], explanation: string): Skip => {
    return { kind: 'skipped', repo, pull_number: story.pullNumber, reason, explanation: `${oid}: ${explanation}` }
  }
  const diff = await localDiff(gitDir, { base: parents[0] ?? '', end: oid }, signal)
  if (diff.kind === 'unreachable') throw new Error(`${gitDir}: ${diff.explanation}`)
  if (diff.kind === 'skipped') return skipped(diff.reason, diff.explanation)
  if (diff.text === '') return skipped('empty', 'it changes no file')
  return { kind: 'row', candidate: candidateOf(options, commit, story, [...merged, commit], diff.text) }
}

function candidateOf(
  { repo, issues }: MineOptions,
  { oid, parents, committedAt }: LoggedCommit,
  story: CommitStory,
  commits: readonly LoggedCommit[],
  diff: string,
): Candidate {
  const numbers = issueNumbersOf(story, issues)
  const told = numbers.flatMap((number) => issues?.get(number) ?? [])
  const date = Date.parse(committedAt) >= firstUsableMs ? committedAt : null
  return {
    instance_id: instanceIdOf(repo, story.pullNumber === null ? oid.slice(0, 12) : String(story.pullNumber)),
    repo,
    pull_number: story.pullNumber,
    base_commit: parents[0] ?? '',
    end_commit: oid,
    title: story.title,
    problem_statement: told.length > 0 ? told.map((issue) => `${issue.title}\n${issue.body}\n`).join('') : story.text,
    statement_from: told.length > 0 ? 'issue' : story.text === '' ? null : 'commit',
    hints_text: hintsOf(told, commits),
    ...splitPatch(diff),
    issue_numbers: numbers,
    created_at: date,
    merged_at: date,
    pr_author: null,
    pr_labels: [],
    language: null,
    license_name: null,
    stars: null,
    is_fork: null,
  }
}

/** `(#12)` behind a subject may be the issue's number, as the issues at hand show. */
function issueNumbersOf({ issueNumbers, pullNumber }: CommitStory, issues: MineOptions['issues']): readonly number[] {
  const isIssue = issueNumbers.length === 0 && pullNumber !== null && issues?.has(pullNumber)
  return isIssue ? [pullNumber] : issueNumbers
}

/** Readers of rows take no date before it: clocks that were never set. */
const firstUsableMs = Date.UTC(2000)

/** Comments with a date before the first commit's; one without a date may tell the solution. */
function hintsOf(issues: readonly IssueText[], commits: readonly LoggedCommit[]): string {
  const firstMs = Math.min(...commits.map((commit) => Date.parse(commit.committedAt)))
  return issues
    .flatMap((issue) => issue.comments)
    .filter(({ body, createdAt }) => body !== '' && createdAt !== null && Date.parse(createdAt) < firstMs)
    .map(({ body }) => `${body}\n`)
    .join('')
}

function isWanted({ committedAt }: LoggedCommit, { since, until }: MineOptions): boolean {
  const atMs = Date.parse(committedAt)
  return (since === null || atMs >= Date.parse(since)) && (until === null || atMs < Date.parse(until))
}

/** Dates need not fall from one commit to the next: a whole page before the window ends it. */
function isBeforeWindow(commits: readonly LoggedCommit[], { since }: MineOptions): boolean {
  return since !== null && commits.every((commit) => Date.parse(commit.committedAt) < Date.parse(since))
}
