import type { EngineFacts } from '../../docker/engine.ts'
import type { DiskFacts } from '../doctor.ts'

/** What a host says of itself. It is not believed, only shown and compared: whatever has a wrong form is left out. */
export interface HostFacts {
  readonly user?: string
  /** Such as `Linux x86_64`. */
  readonly system?: string
  /** Such as `linux-x64`; absent where there is no binary for it. */
  readonly platform?: string
  readonly os?: string
  /** As it names itself; `glibc` has its version where it is that one. */
  readonly libc?: string
  readonly glibc?: readonly [number, number]
  readonly hasAvx2: boolean
  readonly cpus?: number
  readonly memoryBytes?: number
  readonly availableMemoryBytes?: number
  readonly git?: string
  /** How far its clock is ahead of ours, and how sure that is. */
  readonly clock?: { readonly aheadMs: number; readonly uncertainMs: number }
  readonly work: WorkFolderFacts
  readonly docker: DockerFacts
}

export interface WorkFolderFacts {
  readonly disk?: DiskFacts
  readonly trial?: 'fine' | 'not-a-folder' | 'not-writable' | 'no-exec'
  /** Where it was tried: the folder itself, or the nearest above it that is there. */
  readonly folder?: string
}

export type DockerFacts =
  | { readonly state: 'unknown' }
  | { readonly state: 'absent' }
  /** The account may not use it; `group` may. */
  | { readonly state: 'denied'; readonly group?: string }
  /** Neither Docker's client nor curl is there to ask it. */
  | { readonly state: 'no-client' }
  | { readonly state: 'silent' }
  | {
      readonly state: 'answers'
      readonly engine: EngineFacts
      /** Versions whose base image is there. */
      readonly pythons: readonly string[]
      readonly disk?: DiskFacts
    }
