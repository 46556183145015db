import { exitCodes } from './exit-codes.ts'

export interface StopSignals extends Disposable {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP: stop cleanly. */
  readonly first: AbortSignal
  /** Aborted by the second: leave now. */
  readonly second: AbortSignal
  /** What to exit with after a signal. */
  exitCode(): number
}

/** Takes over the signals that end a process until disposed; `onFirst` says so to whoever pressed Ctrl-C. */
export function takeStopSignals(onFirst: () => void): StopSignals {
  const first = new AbortController()
  const second = new AbortController()
  let exitCode: number = exitCodes.interrupted
  const onSignal = (signal: NodeJS.Signals) => {
    if (first.signal.aborted) return second.abort()
    exitCode = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
    onFirst()
    first.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return {
    first: first.signal,
    second: second.signal,
    exitCode: () => exitCode,
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
