import type { DocumentKind } from '../src/control/snapshot-detail.ts'
import type { SnapshotReader } from '../src/control/snapshot-reader.ts'

/** All that a screen reads. */
export interface ScreenSource extends SnapshotReader {
  /** Null where there is no such text yet. */
  document(attemptId: number, kind: DocumentKind): string | null
}

/** Whether anybody runs a run that is not over: its process goes on, starts nothing as it was asked, or is not there. */
export type Attendance = 'attended' | 'paused' | 'unattended'

/** What can be done from a screen; null what cannot. Each that changes something resolves with one line on what came of it, and never rejects. */
export interface ScreenActions {
  readonly pause: ((isPaused: boolean) => Promise<string>) | null
  readonly drain: ((node: string) => Promise<string>) | null
  readonly retry: ((instanceId: string) => Promise<string>) | null
  /** The end of what an attempt prints now; null where nobody who runs it answers. Never rejects. */
  readonly tail: (attemptId: number) => Promise<string | null>
  /** Writes the log of an attempt to a file. */
  readonly saveLog: (attemptId: number) => Promise<string>
  /** What its process said when it was last asked. */
  attendance(): Attendance
  /** Leaves the screen. */
  readonly leave: {
    /** A word for it, such as `detach`. */
    readonly word: string
    /** What it does. */
    readonly help: string
    /** Asked first; null where it harms nothing. */
    readonly question: string | null
  }
}
