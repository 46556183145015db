/** The right of one node to work on one attempt. The generation only grows: what carries an older one is stale. */
export interface Lease {
  readonly node: string
  readonly generation: number
  readonly grantedAtMs: number
}
