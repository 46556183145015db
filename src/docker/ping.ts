import { FaultError } from '../domain/fault.ts'
import { type Engine, statusOf } from './engine.ts'

/** `silent`: it took the connection and did not answer in time. `gone`: nobody took it, or it was cut. */
export type Ping = 'answered' | 'silent' | 'gone'

/** Whether an engine is alive; an error is an answer too. */
export async function pingEngine(engine: Engine, deadlineMs: number, signal: AbortSignal): Promise<Ping> {
  const late = AbortSignal.timeout(deadlineMs)
  const ending = AbortSignal.any([late, signal])
  try {
    await engine.call({ method: 'GET', path: '/_ping', doing: 'say that it is there', signal: ending })
    return 'answered'
  } catch (error) {
    signal.throwIfAborted()
    if (late.aborted) return 'silent'
    if (statusOf(error) !== undefined) return 'answered'
    if (error instanceof FaultError) return 'gone'
    throw error
  }
}
