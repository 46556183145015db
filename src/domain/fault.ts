/** The machinery failed, not the instance. A fault is retried and never becomes a verdict. */
export type FaultKind =
  | 'engine-unreachable'
  | 'engine-failed'
  | 'disk-full'
  | 'base-image-missing'
  | 'repository-unreachable'
  | 'index-unreachable'
  /** The model's API, or what stands before it, did not answer, again and again. */
  | 'model-unreachable'
  /** The model's API refuses the key, the account or the model's name: nothing of the run can go on. */
  | 'model-refused'
  /** What the run may cost is spent. */
  | 'budget-spent'
  /** What one instance may cost is spent. */
  | 'instance-budget-spent'
  | 'interrupted'
  /** The node that held it died, or was not heard of for longer than a lease lasts. */
  | 'node-lost'
  | 'internal'

export interface Fault {
  readonly kind: FaultKind
  /** One line for a person: what failed, where, and what mends it. */
  readonly message: string
}

/** Carries a fault to the slot, where it is caught. Expected outcomes are values; this is for the rest. */
export class FaultError extends Error {
  readonly fault: Fault
  constructor(kind: FaultKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FaultError'
    this.fault = { kind, message }
  }
}
