import type { AuthorName, EnvironmentDraft, TestCommand } from '../domain/environment.ts'
import type { EvalRun } from '../domain/eval-run.ts'
import type { Instance } from '../domain/instance.ts'
import type { SourceTree } from '../domain/source-tree.ts'

/** What an author may know about an instance. The gold patch is not here: nothing of it may reach an image. */
export interface AuthorBrief {
  readonly instance: Omit<Instance, 'patch' | 'published'>
  /** Top-level module names and packages that the gold patch adds (so that a failed import of them is expected). */
  readonly addedModules: readonly string[]
  readonly tree: SourceTree
  /** Test files of the test patch that exist after it, in patch order. */
  readonly testFiles: readonly string[]
  /** Python versions whose base image is at hand, such as `3.9`. */
  readonly pythonVersions: readonly string[]
  readonly signal: AbortSignal
}

/** What exploration found. `facts` is the author's own; `summary` is for people, for prompts and for the store. */
export interface RepositoryReport {
  readonly summary: string
  readonly facts: unknown
}

/** Advice that analysis routes to one role. `key` identifies it: the same key is never given twice in an attempt. */
export interface Guidance {
  readonly key: string
  readonly text: string
  /** The author's own structured form of it. */
  readonly repair?: unknown
}

/** What one iteration did, as the author's analysis sees it. */
export type IterationResult =
  | { readonly kind: 'dockerfile-refused'; readonly problems: readonly string[] }
  | { readonly kind: 'build-failed'; readonly step: string; readonly exitCode: number | null; readonly log: string }
  | { readonly kind: 'build-timed-out'; readonly afterMs: number; readonly log: string }
  | {
      readonly kind: 'evaluated'
      readonly reason: string
      readonly explanation: string
      readonly runs: readonly EvalRun[]
    }

export interface Iteration {
  readonly number: number
  readonly draft: EnvironmentDraft
  readonly guidance: readonly Guidance[]
  readonly result: IterationResult
}

/** What to do after an iteration that was not accepted. */
export type Analysis =
  | {
      readonly kind: 'revise'
      readonly explore?: Guidance
      readonly dockerfile?: Guidance
      readonly evalScript?: Guidance
    }
  | { readonly kind: 'unsolvable'; readonly explanation: string }
  | { readonly kind: 'give-up'; readonly explanation: string }

/**
 * Writes the environment of an instance; validation alone decides. One object serves one attempt.
 * Every role may throw FaultError; a role that is not addressed by guidance is not called again.
 */
export interface Author {
  readonly name: AuthorName
  explore(brief: AuthorBrief, guidance: readonly Guidance[]): Promise<RepositoryReport>
  writeDockerfile(brief: AuthorBrief, report: RepositoryReport, guidance: readonly Guidance[]): Promise<string>
  writeTestCommand(brief: AuthorBrief, report: RepositoryReport, guidance: readonly Guidance[]): Promise<TestCommand>
  analyse(brief: AuthorBrief, report: RepositoryReport, iterations: readonly Iteration[]): Promise<Analysis>
}
