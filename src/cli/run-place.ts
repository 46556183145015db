import type { RunEnding } from '../control/control.ts'
import type { Fleet } from '../control/fleet.ts'
import type { RunCounters } from '../control/metrics/run-counters.ts'
import type { RunPlan } from '../control/run-plan.ts'
import type { Capacity } from '../domain/capacity.ts'
import type { Store } from '../store/store.ts'
import type { Undertaking } from './conduct-run.ts'
import type { RunView } from './run-view.ts'
import type { StopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

/** What a run is, wherever it is worked on. */
export interface PlacedRun {
  readonly store: Store
  readonly runId: string
  readonly plan: RunPlan
  readonly undertaking: Undertaking
  readonly signals: StopSignals
  readonly view: RunView
  readonly terminal: Terminal
  /** Told of all that is written of the run. */
  readonly counters: RunCounters
  /** Called once the fleet can be told what to do. */
  readonly onFleet: (fleet: Fleet) => void
}

/** Where the attempts of a run are worked on. */
export interface RunPlace {
  readonly capacity: Capacity
  /** The machines of a fleet; null where it is this one. */
  readonly names: readonly string[] | null
  /** `2 at a time`, for people. */
  readonly how: string
  /** The same for programs. */
  readonly facts: object
  /** What the first, the second and the third Ctrl-C do. */
  readonly stopWords: readonly [string, string, string]
  /** Removes what killed runs left. Returns what could not be removed. */
  sweep(store: Store): Promise<readonly string[]>
  work(run: PlacedRun): Promise<RunEnding | 'left'>
  /** Removes what the run has no use for any more, and ends it. Returns what could not be removed. */
  leave(run: Pick<PlacedRun, 'store' | 'runId'>, hasLeftAtOnce: boolean): Promise<readonly string[]>
}
