import type { Clock } from '../util/clock.ts'
import {
  advanceBreaker,
  type BreakerEvent,
  type BreakerPolicy,
  closedBreaker,
  permissionOf,
} from './circuit-breaker.ts'
import { backoffCeilingMs, type RetryPolicy } from './retry.ts'

/** What stands between all calls of a run and the API: how many are under way, and whether asking makes sense now. */
export interface Gate {
  /** Waits for a place, for the end of a rate limit, and for an API that is down. */
  enter(signal: AbortSignal): Promise<Entry>
  /** To be told once for each entry that was let in. */
  leave(entry: Entry & { readonly kind: 'let-in' }, result: EntryResult): void
}

export type Entry =
  | { readonly kind: 'let-in'; readonly isProbe: boolean }
  /** The API has been down for too long. */
  | { readonly kind: 'given-up'; readonly openMs: number }
  | { readonly kind: 'aborted' }

export type EntryResult =
  /** Something sensible was answered, be it a refusal. */
  | { readonly kind: 'worked' }
  | { readonly kind: 'failed' }
  /** Nobody should ask for this long. */
  | { readonly kind: 'rate-limited'; readonly pauseMs: number }
  /** Ended by the caller: it says nothing about the API. */
  | { readonly kind: 'dropped' }

export interface GatePolicy {
  readonly maxInFlight: number
  readonly breaker: BreakerPolicy
  readonly retry: RetryPolicy
}

/** Who waited for the same moment comes back within this time, not at once. */
const spreadMs = 1000
/** Nobody knows how long to wait for a place: look again after this long. */
const unknownMs = 60_000

export function createGate(policy: GatePolicy, clock: Clock): Gate {
  const waiting = new Set<() => void>()
  let breaker = closedBreaker
  let inFlight = 0
  let pausedUntilMs = Number.NEGATIVE_INFINITY

  const wakeOne = () => {
    for (const wake of waiting) return wake()
  }
  const advance = (event: BreakerEvent) => {
    const before = breaker
    breaker = advanceBreaker(before, event, clock.nowMs(), policy.breaker)
    if (breaker.state !== before.state) for (const wake of waiting) wake()
  }
  const probeDelayMs = () => {
    const probes = breaker.state === 'closed' ? 0 : breaker.probes
    const ceilingMs = backoffCeilingMs(policy.retry, policy.breaker.failuresToOpen + probes)
    return ceilingMs * (0.5 + clock.random() / 2)
  }
  /** How long to wait before looking again, or what came of it. */
  const tryToEnter = (): Entry | number => {
    const nowMs = clock.nowMs()
    const permission = permissionOf(breaker, nowMs, policy.breaker)
    if (permission.kind === 'give-up') return { kind: 'given-up', openMs: permission.openMs }
    if (permission.kind === 'wait') return permission.untilMs - nowMs
    if (nowMs < pausedUntilMs) return pausedUntilMs - nowMs + clock.random() * Math.min(spreadMs, policy.retry.baseMs)
    if (inFlight >= policy.maxInFlight) return unknownMs
    inFlight += 1
    const isProbe = permission.kind === 'probe'
    if (isProbe) advance({ type: 'probe-sent' })
    return { kind: 'let-in', isProbe }
  }
  const changeOr = async (ms: number, signal: AbortSignal) => {
    const change = Promise.withResolvers<void>()
    const over = new AbortController()
    waiting.add(change.resolve)
    try {
      await Promise.race([change.promise, clock.sleep(ms, AbortSignal.any([signal, over.signal]))])
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      waiting.delete(change.resolve)
      over.abort()
    }
  }
  return {
    async enter(signal) {
      for (;;) {
        if (signal.aborted) {
          wakeOne()
          return { kind: 'aborted' }
        }
        const entry = tryToEnter()
        if (typeof entry !== 'number') return entry
        await changeOr(entry, signal)
      }
    },
    leave({ isProbe }, result) {
      inFlight -= 1
      if (result.kind === 'failed') advance({ type: 'failed', isProbe, probeDelayMs: probeDelayMs() })
      else if (result.kind !== 'dropped') advance({ type: 'worked' })
      else if (isProbe) advance({ type: 'probe-dropped' })
      if (result.kind === 'rate-limited') pausedUntilMs = Math.max(pausedUntilMs, clock.nowMs() + result.pauseMs)
      wakeOne()
    },
  }
}
