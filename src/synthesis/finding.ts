import type { RejectionReason } from '../domain/verdict.ts'

/** Something in an image that must not be there. */
export interface Finding {
  readonly reason: RejectionReason
  readonly explanation: string
}

export function tampered(explanation: string): Finding {
  return { reason: 'image-tampered', explanation }
}
