import * as v from 'valibot'
import type { Answer, GitHub } from './client.ts'
import type { CommentFacts, CommitFacts, IssueFacts, PullFacts } from './facts.ts'
import { historyQuery, issuesQuery, moreCommentsQuery, moreCommitsQuery, pullsQuery } from './queries.ts'
import { commentPage, commitPage, history, issue, pullPage } from './shapes.ts'

export interface PullPage {
  readonly pulls: readonly PullFacts[]
  /** Of all merged pull requests of the repository. */
  readonly totalCount: number
  /** Where the next page begins; null after the last. */
  readonly next: string | null
}

/** GitHub answers 502 where a page is too much work; a smaller one may still be answered. */
const pageSizes = [25, 8, 2, 1]

/** A page of merged pull requests, those opened last first. */
export async function readPullPage(github: GitHub, repo: string, after: string | null): Promise<Answer<PullPage>> {
  let answer: Answer<PullPage> = { kind: 'unreachable', explanation: '' }
  for (const first of pageSizes) {
    answer = await pageOf(github, repo, first, after)
    if (answer.kind !== 'unreachable') return answer
  }
  return answer
}

async function pageOf(github: GitHub, repo: string, first: number, after: string | null): Promise<Answer<PullPage>> {
  const answer = await github.graphql(pullsQuery, { ...ownerAndName(repo), first, after })
  if (answer.kind !== 'answer') return answer
  const { repository } = v.parse(pullPage, answer.value.data)
  if (repository === null) return gone(answer.value.errors[0]?.message)
  const { totalCount, nodes, pageInfo } = repository.pullRequests
  const next = pageInfo.hasNextPage ? pageInfo.endCursor : null
  return { kind: 'answer', value: { pulls: nodes, totalCount, next } }
}

function gone(message: string | undefined): Answer<never> {
  return { kind: 'missing', explanation: message ?? 'no such repository' }
}

function ownerAndName(repo: string): { owner: string; name: string } {
  const [owner = '', name = ''] = repo.split('/')
  return { owner, name }
}

/** The issues among the numbers, in their order; a number may be a pull request's, or nothing's. */
export async function readIssues(
  github: GitHub,
  repo: string,
  numbers: readonly number[],
): Promise<Answer<IssueFacts[]>> {
  const issues: IssueFacts[] = []
  for (let start = 0; start < numbers.length; start += 50) {
    const answer = await github.graphql(issuesQuery(numbers.slice(start, start + 50)), ownerAndName(repo))
    if (answer.kind !== 'answer') return answer
    const shape = v.object({ repository: v.nullable(v.record(v.string(), v.nullable(v.union([issue, v.object({})])))) })
    const { repository } = v.parse(shape, answer.value.data)
    issues.push(...Object.values(repository ?? {}).filter((found) => found !== null && 'id' in found))
  }
  return { kind: 'answer', value: issues }
}

/** The commits of a merged branch before and with `oid`, newest first, at most 100. */
export async function readHistory(github: GitHub, repo: string, oid: string): Promise<Answer<readonly CommitFacts[]>> {
  const answer = await github.graphql(historyQuery, { ...ownerAndName(repo), oid })
  if (answer.kind !== 'answer') return answer
  return { kind: 'answer', value: v.parse(history, answer.value.data).repository.object?.history.nodes ?? [] }
}

export async function readMoreCommits(github: GitHub, pull: PullFacts): Promise<Answer<CommitFacts[]>> {
  const shape = v.object({ node: v.nullable(v.object({ commits: commitPage })) })
  return await readPages(pull.moreCommits, async (after) => {
    const answer = await github.graphql(moreCommitsQuery, { id: pull.id, after })
    return answer.kind === 'answer'
      ? { kind: 'answer', value: v.parse(shape, answer.value.data).node?.commits }
      : answer
  })
}

/** Comments beyond those that came with the issue, until one that is not older than `before`. */
export async function readMoreComments(
  github: GitHub,
  of: IssueFacts,
  before: string,
): Promise<Answer<CommentFacts[]>> {
  const shape = v.object({ node: v.nullable(v.object({ comments: commentPage })) })
  const isLast = (items: readonly CommentFacts[]) => (items.at(-1)?.createdAt ?? '') >= before
  if (isLast(of.comments)) return { kind: 'answer', value: [] }
  return await readPages(of.moreComments, async (after) => {
    const answer = await github.graphql(moreCommentsQuery, { id: of.id, after })
    if (answer.kind !== 'answer') return answer
    const page = v.parse(shape, answer.value.data).node?.comments
    return { kind: 'answer', value: page && isLast(page.items) ? { ...page, more: null } : page }
  })
}

interface Page<T> {
  readonly items: readonly T[]
  readonly more: string | null
}

const maximumPages = 100

async function readPages<T>(
  start: string | null,
  read: (after: string) => Promise<Answer<Page<T> | undefined>>,
): Promise<Answer<T[]>> {
  const items: T[] = []
  let after = start
  for (let count = 0; after !== null && count < maximumPages; count += 1) {
    const answer = await read(after)
    if (answer.kind !== 'answer') return answer
    items.push(...(answer.value?.items ?? []))
    after = answer.value?.more ?? null
  }
  return { kind: 'answer', value: items }
}
