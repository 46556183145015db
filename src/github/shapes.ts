import * as v from 'valibot'
import type { CommentFacts, CommitFacts, IssueFacts, PullFacts } from './facts.ts'

/** What GraphQL answers, and how it becomes our facts. Lists may hold nulls, and texts may be null. */

const text = v.pipe(
  v.nullable(v.string()),
  v.transform((value) => value ?? ''),
)

const pageInfo = v.object({ hasNextPage: v.boolean(), endCursor: v.nullable(v.string()) })

/** Of a list that may be null itself. */
function nodesOf<Item extends v.GenericSchema>(item: Item) {
  return v.pipe(
    v.nullable(v.array(v.nullable(item))),
    v.transform((items) => (items ?? []).filter((found) => found !== null)),
  )
}

function next(info: v.InferOutput<typeof pageInfo>): string | null {
  return info.hasNextPage ? info.endCursor : null
}

const commit = v.pipe(
  v.object({
    oid: v.string(),
    message: text,
    authoredDate: v.string(),
    parents: v.object({ nodes: nodesOf(v.object({ oid: v.string() })) }),
  }),
  v.transform(
    ({ oid, message, authoredDate, parents }): CommitFacts => ({
      oid,
      message,
      authoredAt: authoredDate,
      parents: parents.nodes.map((parent) => parent.oid),
    }),
  ),
)

const comment: v.GenericSchema<unknown, CommentFacts> = v.object({
  body: text,
  createdAt: v.string(),
  updatedAt: v.string(),
})

export const commentPage = v.pipe(
  v.object({ pageInfo, nodes: nodesOf(comment) }),
  v.transform((page) => ({ items: page.nodes, more: next(page.pageInfo) })),
)

export const issue = v.pipe(
  v.object({
    id: v.string(),
    number: v.number(),
    repository: v.object({ nameWithOwner: v.string() }),
    title: text,
    body: text,
    createdAt: v.string(),
    comments: commentPage,
  }),
  v.transform(
    ({ repository, comments, ...facts }): IssueFacts => ({
      ...facts,
      repo: repository.nameWithOwner,
      comments: comments.items,
      moreComments: comments.more,
    }),
  ),
)

export const commitPage = v.pipe(
  v.object({ pageInfo, nodes: nodesOf(v.object({ commit })) }),
  v.transform((page) => ({ items: page.nodes.map((node) => node.commit), more: next(page.pageInfo) })),
)

export const history = v.object({
  repository: v.object({ object: v.nullable(v.object({ history: v.object({ nodes: nodesOf(commit) }) })) }),
})

const author = v.pipe(
  v.nullable(v.object({ login: v.string(), __typename: v.string() })),
  v.transform((found) => {
    if (found === null) return null
    return found.__typename === 'Bot' && !found.login.endsWith('[bot]') ? `${found.login}[bot]` : found.login
  }),
)

const pull = v.pipe(
  v.object({
    id: v.string(),
    number: v.number(),
    title: text,
    body: text,
    author,
    labels: v.nullish(v.object({ nodes: nodesOf(v.object({ name: v.string() })) })),
    createdAt: v.string(),
    mergedAt: v.string(),
    baseRefOid: v.string(),
    headRefOid: v.string(),
    changedFiles: v.number(),
    mergeCommit: v.nullable(commit),
    commits: commitPage,
    closingIssuesReferences: v.nullish(v.object({ nodes: nodesOf(issue) })),
  }),
  v.transform(
    ({ labels, baseRefOid, headRefOid, mergeCommit, commits, closingIssuesReferences, ...facts }): PullFacts => ({
      ...facts,
      labels: labels?.nodes.map((label) => label.name) ?? [],
      baseOid: baseRefOid,
      headOid: headRefOid,
      merge: mergeCommit,
      commits: commits.items,
      moreCommits: commits.more,
      closingIssues: closingIssuesReferences?.nodes ?? [],
    }),
  ),
)

export const pullPage = v.object({
  repository: v.nullable(
    v.object({ pullRequests: v.object({ totalCount: v.number(), pageInfo, nodes: nodesOf(pull) }) }),
  ),
})

export const repositoryPage = v.object({
  search: v.object({
    pageInfo,
    nodes: nodesOf(v.object({ nameWithOwner: v.optional(v.string()), stargazerCount: v.optional(v.number()) })),
  }),
})
