import { type ControlDoor, openControlDoor } from '../control/control-door.ts'
import type { ControlRequest } from '../control/control-request.ts'
import type { Fleet } from '../control/fleet.ts'
import { prometheusOf } from '../control/metrics/read-run.ts'
import type { RunCounters } from '../control/metrics/run-counters.ts'
import type { MetricsServer } from '../control/metrics/serve-metrics.ts'
import { retryInstance } from '../control/retry-instance.ts'
import type { FaultPolicy } from '../domain/attempt.ts'
import type { Store } from '../store/store.ts'
import { printable } from '../util/printable.ts'
import type { Terminal } from './terminal.ts'

/** The ways to a run from outside its process. */
export interface RunDoors {
  /** Null where no other process can ask the run anything. */
  readonly control: ControlDoor | null
  /** Null where nobody wants them. */
  readonly metrics: MetricsServer | null
}

/** A run goes on without it: null where there cannot be one, and people are told why. */
export async function openDoorOf(database: string, terminal: Terminal): Promise<ControlDoor | null> {
  const tell = (text: string) => terminal.err(`${printable(text)}\n`)
  try {
    return await openControlDoor(database, (request) => {
      const words = wordsOf(request)
      if (words !== null) tell(`asked from elsewhere: ${words}`)
    })
  } catch (error) {
    tell(`\`openswe pause\`, \`drain\` and the like cannot reach this run: ${String(error)}`)
    return null
  }
}

/** From now on the run can be asked and read. */
export function openTo(
  { control, metrics }: RunDoors,
  run: { readonly store: Store; readonly runId: string; readonly policy: FaultPolicy; readonly counters: RunCounters },
  fleet: Fleet,
): void {
  const { store } = run
  metrics?.show(prometheusOf({ ...run, fleet }))
  control?.leadTo({
    fleet,
    retry(instanceId) {
      const retried = retryInstance(store, instanceId, run)
      if (retried.kind === 'refused') return retried.explanation
      for (const attempt of retried.attempts) fleet.requeued(attempt)
      return null
    },
  })
}

/** Null where nobody needs to know. */
function wordsOf(request: ControlRequest): string | null {
  switch (request.command) {
    case 'look':
    case 'tail':
      return null
    case 'pause':
    case 'resume':
      return request.command
    case 'stop':
      return request.isNow ? 'stop now' : 'stop'
    case 'drain':
      return `${request.isUndone ? 'undrain' : 'drain'} ${request.nodes.join(', ')}`
    case 'slots':
      return `${request.slots} slots for ${request.node}`
    case 'retry':
      return `retry ${request.instance_id}`
  }
}
