/** The times of the protocol between control and nodes. */
export interface ProtocolTimes {
  /** How long a lease lasts after the last heartbeat that control answered. */
  readonly leaseMs: number
  /** How much earlier its node stops trusting it, since clocks do not run at one speed. */
  readonly marginMs: number
  /** How much later control gives it to another. */
  readonly graceMs: number
  readonly heartbeatMs: number
  /** How long a connection may be silent before it is given up. */
  readonly silenceMs: number
  /** The same where nothing was heard on it yet: the node's process may have to start first, however short leases are. */
  readonly greetMs: number
  /** How long nobody may connect to a node that has nothing to do before it ends; its outbox stays. */
  readonly idleMs: number
  /** The same for a node that has, from when it stopped trusting its leases. */
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

/** The same with leases of another length, and in proportion what has to fit into one. */
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
