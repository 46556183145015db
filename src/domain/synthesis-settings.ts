/** What one container of ours may use. Structurally the limits that `docker/container` takes. */
export interface LimitSettings {
  readonly cpus: number
  readonly memoryBytes: number
  readonly pids: number
  readonly fileSizeBytes: number
  readonly diskBytes: number
  readonly outputBytes: number
  readonly timeoutMs: number
  readonly shmBytes?: number
  readonly tmpfsBytes?: number
}

/** How an instance is to be synthesized and validated: what a lease carries beside the instance. JSON in, JSON out. */
export interface SynthesisSettings {
  readonly repeats: { readonly testOnly: number; readonly withFix: number }
  readonly strict: boolean
  readonly limits: LimitSettings
  readonly buildTimeoutMs: number
  readonly maxIterations: number
  readonly checkoutDepth: number
}
