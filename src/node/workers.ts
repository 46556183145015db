import type { ContainerLimits } from '../domain/container-limits.ts'
import type { Grade } from '../domain/grade.ts'
import type { RolloutChannel, RolloutTask } from '../domain/rollout-task.ts'
import type { AttemptChannel, SynthesisResult, SynthesisTask } from '../domain/synthesis-event.ts'
import type { SynthesisSettings } from '../domain/synthesis-settings.ts'

/** `synthesis/synthesize` with its host filled in. Throws FaultError. */
export type Synthesize = (
  task: SynthesisTask,
  settings: SynthesisSettings,
  channel: AttemptChannel,
  signal: AbortSignal,
) => Promise<SynthesisResult>

/** `rollout/roll-out` with its host filled in. Throws FaultError. */
export type RollOut = (task: RolloutTask, channel: RolloutChannel, signal: AbortSignal) => Promise<Grade>

/** The work of one slot, for each kind of task. */
export interface Workers {
  readonly synthesis: Synthesize
  readonly rollout: RollOut
  /** What a container of this node may use, where a task says something else. */
  readonly limits: ContainerLimits
}
