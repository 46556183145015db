/** What fences: the generation of an attempt's leases only grows, and what carries an older one is stale. */
export interface LeaseKey {
  readonly attempt: number
  readonly generation: number
}

/** The key alone of whatever carries one. */
export function keyIn({ attempt, generation }: LeaseKey): LeaseKey {
  return { attempt, generation }
}

/** The key as one word, to look things up by. */
export function keyName({ attempt, generation }: LeaseKey): string {
  return `${attempt}/${generation}`
}

/** The right of one node to work on one attempt. */
export interface Lease {
  readonly node: string
  readonly generation: number
  readonly grantedAtMs: number
}

/** A lease as its node knows it. `ended`: its end is told, and waits for its acknowledgement. */
export interface HeldLease extends LeaseKey {
  readonly state: 'waiting' | 'running' | 'ended'
}
