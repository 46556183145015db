import { exitCodes } from './exit-codes.ts'

export interface StopSignals extends Disposable {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP: stop cleanly. */
  readonly first: AbortSignal
  /** Aborted by the second. */
  readonly second: AbortSignal
  /** Aborted by the third. */
  readonly third: AbortSignal
  /** What to exit with after a signal. */
  exitCode(): number
}

/** Takes over the signals that end a process until disposed; `tell` says to whoever pressed Ctrl-C what it means. */
export function takeStopSignals(tell: (count: 1 | 2 | 3) => void): StopSignals {
  const first = new AbortController()
  const second = new AbortController()
  const third = new AbortController()
  let exitCode: number = exitCodes.interrupted
  const onSignal = (signal: NodeJS.Signals) => {
    if (second.signal.aborted) {
      tell(3)
      third.abort()
    } else if (first.signal.aborted) {
      tell(2)
      second.abort()
    } else {
      exitCode = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
      tell(1)
      first.abort()
    }
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return {
    first: first.signal,
    second: second.signal,
    third: third.signal,
    exitCode: () => exitCode,
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
