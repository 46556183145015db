/** How often and how long a call is tried again, after what only a later try can mend. */
export interface RetryPolicy {
  /** Tries that may fail. Waiting for a rate limit and probing while the circuit is open do not count. */
  readonly maxTries: number
  /** Bound on the sum of the waits of one call. */
  readonly maxWaitMs: number
  /** The longest the first wait may be; each further one may be twice the one before, up to `capMs`. */
  readonly baseMs: number
  readonly capMs: number
}

export const defaultRetryPolicy: RetryPolicy = { maxTries: 10, maxWaitMs: 1_800_000, baseMs: 1000, capMs: 60_000 }

/** The longest wait after this many failures in a row. */
export function backoffCeilingMs(policy: RetryPolicy, failures: number): number {
  return Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(30, Math.max(0, failures - 1)))
}

/**
 * Full jitter: anything up to the ceiling, so that callers who failed together do not come back together. What the server
 * asked for comes first, and the jitter on top of it.
 */
export function retryWaitMs(
  policy: RetryPolicy,
  failures: number,
  retryAfterMs: number | null,
  random: () => number,
): number {
  return (retryAfterMs ?? 0) + random() * backoffCeilingMs(policy, failures)
}

/** What `retry-after-ms` or `retry-after` asks for, seconds or a date; null where neither says anything usable. */
export function retryAfterOf(headers: Headers | undefined, nowEpochMs: number): number | null {
  const inMs = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (inMs >= 0) return inMs
  const text = headers?.get('retry-after')?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  const date = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - nowEpochMs)
}
