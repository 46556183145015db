/** The times of the protocol between control and nodes (RELIABILITY 3.4), in milliseconds. */
export interface ProtocolTimes {
  /** How long a lease lasts after the last heartbeat that control answered. */
  readonly leaseMs: number
  /** The node stops trusting its leases so much earlier: clocks do not run at one speed. */
  readonly marginMs: number
  /** Control gives a lease to another so much later. */
  readonly graceMs: number
  readonly heartbeatMs: number
  /** A connection on which nothing was heard for so long is given up. */
  readonly silenceMs: number
  /** And so one on which nothing was heard yet: the process may have to start there first, however long leases are. */
  readonly greetMs: number
  /** A node that has nothing to do ends where nobody connects to it for so long; its outbox stays. */
  readonly idleMs: number
  /** And so long after its trust ended one that has. */
  readonly abandonedMs: number
}

export const protocolTimes: ProtocolTimes = {
  leaseMs: 120_000,
  marginMs: 6_000,
  graceMs: 30_000,
  heartbeatMs: 10_000,
  silenceMs: 25_000,
  greetMs: 25_000,
  idleMs: 10 * 60_000,
  abandonedMs: 24 * 60 * 60_000,
}

/** With leases that last so long, and what has to fit into one in proportion. */
export function withLease(times: ProtocolTimes, leaseMs: number): ProtocolTimes {
  const share = (durationMs: number) => Math.round((durationMs * leaseMs) / times.leaseMs)
  return {
    ...times,
    leaseMs,
    marginMs: share(times.marginMs),
    graceMs: share(times.graceMs),
    heartbeatMs: share(times.heartbeatMs),
    silenceMs: share(times.silenceMs),
  }
}
