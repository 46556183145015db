/** What the API says about a repository, its pull requests and issues: only what we use, and checked. */

export interface RepositoryFacts {
  /** `owner/name` as it is called now. */
  readonly repo: string
  readonly stars: number
  /** As GitHub spells it, such as `Jupyter Notebook`. */
  readonly language: string | null
  readonly licenseName: string | null
  readonly isFork: boolean
  readonly isPrivate: boolean
}

export interface CommitFacts {
  readonly oid: string
  readonly message: string
  /** ISO 8601, UTC. A rebase keeps it. */
  readonly authoredAt: string
  readonly parents: readonly string[]
}

export interface CommentFacts {
  readonly body: string
  readonly createdAt: string
  readonly updatedAt: string
}

export interface IssueFacts {
  readonly id: string
  readonly number: number
  readonly repo: string
  readonly title: string
  readonly body: string
  readonly createdAt: string
  /** Oldest first. */
  readonly comments: readonly CommentFacts[]
  /** Where to go on, if there are more. */
  readonly moreComments: string | null
}

export interface PullFacts {
  readonly id: string
  readonly number: number
  readonly title: string
  readonly body: string
  /** A bot's ends with `[bot]`; null where the account is gone. */
  readonly author: string | null
  readonly labels: readonly string[]
  readonly createdAt: string
  readonly mergedAt: string
  /** Tip of the branch it was merged into, as GitHub remembers it. */
  readonly baseOid: string
  readonly headOid: string
  readonly changedFiles: number
  /** The commit that merged it; null where GitHub has forgotten. */
  readonly merge: CommitFacts | null
  /** Oldest first; null nodes and those beyond GitHub's bound are left out. */
  readonly commits: readonly CommitFacts[]
  readonly moreCommits: string | null
  readonly closingIssues: readonly IssueFacts[]
}
