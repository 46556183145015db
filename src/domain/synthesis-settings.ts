import type { ContainerLimits } from './container-limits.ts'

/** How an instance is to be synthesized and validated: what a lease carries beside the instance. JSON in, JSON out. */
export interface SynthesisSettings {
  readonly repeats: { readonly testOnly: number; readonly withFix: number }
  readonly strict: boolean
  readonly limits: ContainerLimits
  readonly buildTimeoutMs: number
  readonly maxIterations: number
  readonly checkoutDepth: number
}
