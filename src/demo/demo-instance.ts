import type { RejectionReason } from '../domain/verdict.ts'

/** File contents by path; a commit leaves every path it does not name as it was. */
export type DemoFiles = Readonly<Record<string, string | Uint8Array>>

export interface DemoCommit {
  readonly message: string
  /** ISO 8601, UTC: author and committer date. */
  readonly date: string
  readonly files: DemoFiles
  /** Name of an annotated tag on this commit. */
  readonly tag?: string
}

/** One instance as data: a small repository, the pull request that mends it, and what came later. */
export interface DemoInstance {
  /** `owner/name`. */
  readonly repo: string
  /** What a reader learns from it, in one line. */
  readonly shows: string
  readonly expected: 'accepted' | 'unsolvable' | `rejected: ${RejectionReason}`
  readonly version: string
  readonly problem_statement: string
  /** Oldest first; the last one is `base_commit`. */
  readonly history: readonly DemoCommit[]
  /** Its source files become `patch`, its tests `test_patch`; merged as one commit. */
  readonly pullRequest: {
    readonly number: number
    readonly message: string
    readonly date: string
    readonly source: DemoFiles
    readonly tests: DemoFiles
  }
  /** Commits and releases after the merge: what an environment must not know. */
  readonly later: readonly DemoCommit[]
}

/** The identifier in SWE-bench's form, `owner__name-number`. */
export function instanceIdOf(instance: DemoInstance): string {
  return `${instance.repo.replace('/', '__')}-${instance.pullRequest.number}`
}
