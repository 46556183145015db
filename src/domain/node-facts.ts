/** What a node has, and how busy it is. */
export interface NodeFacts {
  readonly cpus: number
  /** Processes that want a CPU, over the last minute. */
  readonly load: number
  readonly memoryBytes: number
  readonly freeMemoryBytes: number
  /** Of the disk that the engine keeps its images on. */
  readonly diskBytes: number
  readonly freeDiskBytes: number
  /** From 0 to 1. */
  readonly freeInodeShare: number
  /** `hung` accepts connections and does not answer. */
  readonly engine: 'ok' | 'hung' | 'gone'
  /** Why it starts nothing now, in one line; null where nothing keeps it. */
  readonly waitingFor: string | null
}
