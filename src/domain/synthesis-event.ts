import type { AuthorName, TestCommand } from './environment.ts'
import type { Instance } from './instance.ts'
import type { IterationRecord } from './iteration-record.ts'
import type { ModelAnswer, ModelRequest } from './model-call.ts'
import type { Proof } from './proof.ts'
import type { PublishedImage } from './published-image.ts'
import type { ReferenceEnvironment } from './reference.ts'
import type { Verdict } from './verdict.ts'

/** What an attempt spends its time on, in the order of one iteration; a rollout is built, solved and graded. */
export const stages = [
  'fetch',
  'checkout',
  'explore',
  'write',
  'build',
  'audit',
  'evaluate',
  'controls',
  'confirm',
  'analyse',
  'solve',
  'grade',
] as const

export type Stage = (typeof stages)[number]

/** What an attempt at an environment is about. JSON in, JSON out. */
export interface SynthesisTask {
  readonly instance: Instance
  readonly author: AuthorName
  /** Accepted environments of the same repository, nearest first. */
  readonly references: readonly ReferenceEnvironment[]
  /** Iterations that earlier leases of this attempt finished; they are not done again. */
  readonly resume: readonly IterationRecord[]
}

/** What connects an attempt with the rest of the run while it works. */
export interface AttemptChannel {
  readonly emit: (event: SynthesisEvent) => void
  /** A call to a model; rejects only where the attempt was aborted. */
  readonly ask: (request: ModelRequest) => Promise<ModelAnswer>
  /** What is printed now, as it comes, for whoever looks; it is not to be kept without copying it. */
  readonly onOutput?: (chunk: Uint8Array) => void
}

/** A stage begins or ends; `durationMs` is set at the end. `iteration` is 0 before the first; of a rollout, the solver's step. */
export interface StageEvent {
  readonly type: 'stage'
  readonly stage: Stage
  readonly iteration: number
  readonly state: 'started' | 'finished'
  readonly durationMs?: number
}

/** What an attempt reports while it runs. JSON in, JSON out. */
export type SynthesisEvent =
  | StageEvent
  /** An iteration is over: once stored, it is never done again. */
  | { readonly type: 'iteration'; readonly record: IterationRecord }

/** What makes an instance executable, as validated. */
export interface ResolvedEnvironment {
  readonly dockerfile: string
  readonly testCommand: TestCommand
  /** The rendered eval script, test patch inside. */
  readonly evalScript: string
  /** The same with a placeholder where the test patch goes. */
  readonly evalScriptSkeleton: string
  readonly imageId: string
  readonly imageTag: string
}

/** How an attempt ended. JSON in, JSON out. */
export interface SynthesisResult {
  readonly verdict: Verdict
  /** Set where accepted; else that of the iteration that came furthest, where this life of the attempt built it. */
  readonly environment?: ResolvedEnvironment
  readonly proof?: Proof
  readonly iterations: number
  /** Set where it is accepted and the run publishes images; else the image is kept where it was built, and nowhere else. */
  readonly image?: PublishedImage
}
