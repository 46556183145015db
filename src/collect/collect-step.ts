import type { RepositoryFacts } from '../github/facts.ts'
import type { Candidate } from './candidate.ts'

/** How far collecting is: enough to go on from, with the same rows to follow. */
export interface CollectState {
  /** Which of the repositories asked for is at work; their number once all are done. */
  readonly repoIndex: number
  /** As it was when it was begun; null before. */
  readonly repository: RepositoryFacts | null
  /** Where the next page begins; null at the beginning. */
  readonly cursor: string | null
  /** Pull requests (or commits) of this repository looked at so far, and rows made of them. */
  readonly seen: number
  readonly rows: number
  /** Names of the repositories that were begun, since two names asked for may be one repository. */
  readonly begun: readonly string[]
}

export const initialState: CollectState = {
  repoIndex: 0,
  repository: null,
  cursor: null,
  seen: 0,
  rows: 0,
  begun: [],
}

/** Why there is no row of a pull request or a repository. */
export type SkipReason =
  | 'missing'
  | 'blocked'
  | 'forbidden'
  | 'duplicate'
  | 'no-commits'
  | 'no-issue'
  | 'unknown-range'
  | 'commit-missing'
  | 'too-large'
  | 'unreadable'
  | 'empty'

export interface Skip {
  readonly kind: 'skipped'
  readonly repo: string
  /** Null where the repository as a whole is skipped. */
  readonly pull_number: number | null
  readonly reason: SkipReason
  readonly explanation: string
}

/** What collecting yields, in an order that is the same every time. */
export type CollectStep =
  | { readonly kind: 'row'; readonly candidate: Candidate }
  | Skip
  /** A repository is begun. `asked` differs where it was renamed. */
  | { readonly kind: 'repository'; readonly repo: string; readonly asked: string }
  /** Everything before is whole: from here it can go on. */
  | { readonly kind: 'page'; readonly state: CollectState; readonly total: number | null }
  /** Nobody can say now what is next; the same call with the last state goes on. */
  | { readonly kind: 'stopped'; readonly explanation: string }
