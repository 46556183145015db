import type { ModelCall } from '../control/control.ts'
import type { FleetOptions } from '../control/fleet.ts'
import { ModelGateway } from '../control/model-gateway.ts'
import type { ModelAnswer } from '../domain/model-call.ts'
import type { PlacedRun } from './run-place.ts'

/** What answers the model calls of a run, until it is disposed of. */
export interface ModelAnswers extends AsyncDisposable {
  readonly answer: FleetOptions['answer']
}

/** Once the signal is aborted, what goes on is cut off and nothing more is asked. */
export function modelGateway(
  { undertaking: { model }, store, runId, counters }: PlacedRun,
  signal: AbortSignal,
): ModelAnswers {
  if (model === null) {
    return {
      answer: () => Promise.reject(new Error('this run asks no model')),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }
  const onMade = ({ request }: ModelCall, answer: ModelAnswer) => counters.answered(request.role, answer)
  const gateway = new ModelGateway({ ...model, store, runId, signal, onMade, nowMs: Date.now })
  return {
    answer: (call) => gateway.answer(call),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  }
}
