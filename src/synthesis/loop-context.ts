import type { AttemptChannel, SynthesisTask } from '../domain/synthesis-event.ts'
import type { EvalContext } from '../evaluation/evaluate.ts'
import type { StageClock } from './stage-clock.ts'
import type { Subject } from './subject.ts'
import type { SynthesisHost, SynthesisOptions } from './synthesize.ts'

/** What every iteration of an attempt has at hand. */
export interface LoopContext {
  readonly host: SynthesisHost
  readonly task: SynthesisTask
  readonly options: SynthesisOptions
  readonly channel: AttemptChannel
  readonly signal: AbortSignal
  readonly stages: StageClock
  readonly subject: Subject
}

export function evalContextOf({ host, task, options, channel, signal }: LoopContext): EvalContext {
  const { runId, limits } = options
  const { instance_id: instanceId } = task.instance
  return { engine: host.engine, runId, instanceId, limits, signal, onOutput: channel.onOutput }
}
