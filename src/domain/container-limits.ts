/** What one container of ours may use. JSON in, JSON out. */
export interface ContainerLimits {
  readonly cpus: number
  readonly memoryBytes: number
  readonly pids: number
  /** Of one file. */
  readonly fileSizeBytes: number
  /** Of everything written together, looked at every few seconds. */
  readonly diskBytes: number
  /** What is kept of the output. A container that prints many times as much is ended. */
  readonly outputBytes: number
  readonly timeoutMs: number
  readonly shmBytes?: number
  /** Size of /openswe-tmp, in memory; without it there is none. */
  readonly tmpfsBytes?: number
}
