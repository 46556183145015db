import { setTimeout as sleep } from 'node:timers/promises'

/** Time and chance as an argument, so that what waits can be tested without waiting. */
export interface Clock {
  nowMs(): number
  /** Rejects with the signal's reason once that is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** At least 0, less than 1. */
  random(): number
}

export const realClock: Clock = {
  nowMs: () => performance.now(),
  sleep: async (ms, signal) => {
    signal.throwIfAborted()
    await sleep(ms, undefined, { signal }).catch((error) => {
      signal.throwIfAborted()
      throw error
    })
  },
  random: Math.random,
}

const startedAtMs = Date.now() - performance.now()

/** The time of day in whole milliseconds, as it went on since this process began: no clock that is set moves it. */
export function steadyNowMs(): number {
  return Math.floor(startedAtMs + performance.now())
}
