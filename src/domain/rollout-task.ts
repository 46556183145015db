import type { ContainerLimits } from './container-limits.ts'
import type { GroundTruth } from './ground-truth.ts'
import type { Instance } from './instance.ts'
import type { Rollout, RolloutSettings } from './rollout.ts'
import type { AttemptChannel, ResolvedEnvironment, StageEvent } from './synthesis-event.ts'

/** One try of a solver at an accepted instance, as it is leased. JSON in, JSON out. */
export interface RolloutTask {
  readonly instance: Instance
  readonly environment: ResolvedEnvironment
  readonly truth: GroundTruth
  /** From 1 to k. */
  readonly number: number
  readonly settings: RolloutSettings
  /** Of the solver's container, and of each that it is graded in. */
  readonly limits: ContainerLimits
  /** What an earlier lease of this attempt left ungraded: it is graded, and not made again. */
  readonly resume: Rollout | null
}

/** What a rollout reports while it is made. JSON in, JSON out. */
export type RolloutEvent =
  | StageEvent
  /** The solver is done: once stored, it is never asked again, and what is left is grading. */
  | { readonly type: 'rollout'; readonly rollout: Rollout }

/** What connects a rollout with the rest of the run while it is made. */
export interface RolloutChannel extends Pick<AttemptChannel, 'ask' | 'onOutput'> {
  readonly emit: (event: RolloutEvent) => void
}
