import type { CommitFacts, PullFacts } from '../github/facts.ts'

export interface CommitRange {
  readonly base: string
  readonly end: string
}

export type RangeOutcome =
  | { readonly kind: 'range'; readonly range: CommitRange }
  /** It was rebased: the history of the branch tells where its commits begin. */
  | { readonly kind: 'history'; readonly end: string }
  /** Nothing but where the branches parted can tell. */
  | { readonly kind: 'merge-base'; readonly with: string; readonly end: string }

/** From where to where a merged pull request reaches, by the way it was merged. */
export function rangeOf(pull: PullFacts): RangeOutcome {
  const { merge, commits, baseOid, headOid } = pull
  if (merge === null) return { kind: 'merge-base', with: baseOid, end: headOid }
  const end = merge.oid
  const parted = { kind: 'merge-base', with: baseOid, end } as const
  if (commits.some((commit) => commit.oid === end)) return forwarded(commits, end) ?? parted
  const [parent] = merge.parents
  if (parent === undefined) return parted
  if (merge.parents.length === 1 && isRebased(pull, merge)) return { kind: 'history', end }
  return { kind: 'range', range: { base: parent, end } }
}

/** The branch was moved on to the pull request's own commits. Merges among them hide where these begin. */
function forwarded(commits: readonly CommitFacts[], end: string): RangeOutcome | null {
  if (commits.some((commit) => commit.parents.length !== 1)) return null
  const byOid = new Map(commits.map((commit) => [commit.oid, commit]))
  let base = end
  for (let commit = byOid.get(end); commit !== undefined; commit = byOid.get(base)) base = commit.parents[0] ?? base
  return { kind: 'range', range: { base, end } }
}

/** A squash is a new commit, made when it was merged; a rebase keeps messages and dates of the authors. */
function isRebased(pull: PullFacts, merge: CommitFacts): boolean {
  const own = pull.commits.filter((commit) => commit.parents.length < 2)
  return own.length > 1 && own.some((commit) => identityOf(commit) === identityOf(merge))
}

/** The range of rebased commits, from the branch's history (newest first); null where the history does not reach. */
export function rebasedRange(pull: PullFacts, history: readonly CommitFacts[]): CommitRange | null {
  const own = new Set(pull.commits.map(identityOf))
  const end = history[0]
  const isOwn = (commit: CommitFacts) => commit.parents.length === 1 && own.has(identityOf(commit))
  const firstOther = history.findIndex((commit) => !isOwn(commit))
  const first = firstOther < 0 ? history.at(-1) : history[firstOther - 1]
  const base = first?.parents[0]
  return end === undefined || base === undefined ? null : { base, end: end.oid }
}

function identityOf(commit: CommitFacts): string {
  return `${Date.parse(commit.authoredAt)} ${commit.message.trim()}`
}
