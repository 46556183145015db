import type { Grade } from '../domain/grade.ts'
import type { Rollout } from '../domain/rollout.ts'
import type { RolloutChannel, RolloutTask } from '../domain/rollout-task.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import { gradePatch, imageOf } from './grade-patch.ts'
import { type GradeHost, openSubject } from './grade-subject.ts'
import { runRollout } from './run-rollout.ts'

/** What a machine offers to rollouts. */
export type RolloutHost = Omit<GradeHost, 'limits' | 'runId' | 'onOutput'>

/**
 * One try of a solver, and right after it what it is worth, from a container that the solver never was in. What a try
 * left is told before it is graded: where grading fails, the next lease of the attempt grades it and asks no model.
 * Throws FaultError where the machinery failed.
 */
export async function rollOut(
  host: RolloutHost,
  task: RolloutTask,
  { runId }: { readonly runId: string },
  channel: RolloutChannel,
  signal: AbortSignal,
): Promise<Grade> {
  const { instance, environment, truth, limits } = task
  const gradeHost = { ...host, limits, runId, onOutput: channel.onOutput }
  const rollout = task.resume ?? (await solved(gradeHost, task, channel, signal))
  const { model_patch } = rollout
  return await timed(channel, 'grade', 1, () =>
    gradePatch(gradeHost, { instance, environment, truth, model_patch }, signal),
  )
}

async function solved(
  host: GradeHost,
  task: RolloutTask,
  channel: RolloutChannel,
  signal: AbortSignal,
): Promise<Rollout> {
  const { instance, environment, number, settings, limits } = task
  const { gitDir, imageId } = await timed(channel, 'build', 1, async () => {
    const subject = await openSubject(host, instance, environment, signal)
    return { gitDir: subject.gitDir, imageId: await imageOf(host, subject, task) }
  })
  const { engine, runId, onOutput } = host
  const instanceId = instance.instance_id
  const onStep = (iteration: number) => channel.emit({ type: 'stage', stage: 'solve', iteration, state: 'started' })
  const rollout = await timed(channel, 'solve', 1, () =>
    runRollout(
      { engine, runId, instanceId, gitDir, limits, signal, ask: channel.ask, onStep, onOutput },
      { instance, imageId, testCommand: environment.testCommand, number, settings },
    ),
  )
  channel.emit({ type: 'rollout', rollout })
  return rollout
}

async function timed<T>({ emit }: RolloutChannel, stage: Stage, iteration: number, work: () => Promise<T>): Promise<T> {
  const beganMs = performance.now()
  emit({ type: 'stage', stage, iteration, state: 'started' })
  const result = await work()
  emit({ type: 'stage', stage, iteration, state: 'finished', durationMs: performance.now() - beganMs })
  return result
}
