/**
 * Whether an API that all callers share is worth asking. Failures in a row, whoever met them, open it; then one probe at
 * a time is let through until one of them is answered. Time is an argument.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly sinceMs: number; readonly probes: number; readonly probeAtMs: number }
  | { readonly state: 'probing'; readonly sinceMs: number; readonly probes: number }

export interface BreakerPolicy {
  readonly failuresToOpen: number
  /** How long it may be open before whoever waits is told to give up. */
  readonly maxOpenMs: number
}

export type Permission =
  | { readonly kind: 'go' }
  | { readonly kind: 'probe' }
  /** Until something changes, or until this time. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'give-up'; readonly openMs: number }

export type BreakerEvent =
  /** A caller took the permission to probe. */
  | { readonly type: 'probe-sent' }
  | { readonly type: 'worked' }
  /** `probeDelayMs` is how long to let it rest if this opens it, or keeps it open. */
  | { readonly type: 'failed'; readonly isProbe: boolean; readonly probeDelayMs: number }
  /** The probe came to nothing for a reason of its caller's own. */
  | { readonly type: 'probe-dropped' }

export const closedBreaker: Breaker = { state: 'closed', failures: 0 }

/** A probe that is due is let through however long it has been open, so that an API that comes back is noticed. */
export function permissionOf(breaker: Breaker, nowMs: number, policy: BreakerPolicy): Permission {
  if (breaker.state === 'closed') return { kind: 'go' }
  if (breaker.state === 'open' && nowMs >= breaker.probeAtMs) return { kind: 'probe' }
  const openMs = nowMs - breaker.sinceMs
  if (openMs >= policy.maxOpenMs) return { kind: 'give-up', openMs }
  const boundMs = breaker.sinceMs + policy.maxOpenMs
  return { kind: 'wait', untilMs: breaker.state === 'open' ? Math.min(breaker.probeAtMs, boundMs) : boundMs }
}

/** The only function that changes a breaker. A failure of what was sent before it opened leaves it as it was. */
export function advanceBreaker(breaker: Breaker, event: BreakerEvent, nowMs: number, policy: BreakerPolicy): Breaker {
  switch (event.type) {
    case 'worked':
      return closedBreaker
    case 'probe-sent':
      if (breaker.state !== 'open') return breaker
      return { state: 'probing', sinceMs: breaker.sinceMs, probes: breaker.probes + 1 }
    case 'probe-dropped':
      return breaker.state === 'probing' ? { ...breaker, state: 'open', probeAtMs: nowMs } : breaker
    case 'failed':
      return failed(breaker, event, nowMs, policy)
  }
}

function failed(
  breaker: Breaker,
  event: BreakerEvent & { readonly type: 'failed' },
  nowMs: number,
  policy: BreakerPolicy,
): Breaker {
  const probeAtMs = nowMs + event.probeDelayMs
  if (breaker.state === 'probing') return event.isProbe ? { ...breaker, state: 'open', probeAtMs } : breaker
  if (breaker.state === 'open') return breaker
  const failures = breaker.failures + 1
  if (failures < policy.failuresToOpen) return { state: 'closed', failures }
  return { state: 'open', sinceMs: nowMs, probes: 0, probeAtMs }
}
