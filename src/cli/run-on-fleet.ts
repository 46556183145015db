import type { RunEnding } from '../control/control.ts'
import { Fleet, type FleetOptions } from '../control/fleet.ts'
import type { LedgerWatch } from '../control/ledger-watch.ts'
import { keepConnected, type OpenedNode } from '../control/node-link.ts'
import type { RunPlan } from '../control/run-plan.ts'
import { storeLedger } from '../control/store-ledger.ts'
import type { FaultPolicy } from '../domain/attempt.ts'
import { nextEpoch } from '../store/nodes.ts'
import type { Store } from '../store/store.ts'
import { realClock, steadyNowMs } from '../util/clock.ts'
import type { StopSignals } from './stop-signals.ts'

/** A machine that attempts are worked on. */
export interface FleetHost {
  readonly name: string
  /** As its entry says; null leaves it to what it has. */
  readonly slots: number | null
  /** Makes a way to the node's process there. */
  readonly open: (signal: AbortSignal) => Promise<OpenedNode>
}

export interface FleetRun extends Pick<FleetOptions, 'onEvent' | 'onLost' | 'answer' | 'bundle' | 'setupOf' | 'times'> {
  readonly store: Store
  readonly runId: string
  readonly plan: RunPlan
  readonly policy: FaultPolicy
  readonly hosts: readonly FleetHost[]
  readonly onTrouble: (node: string, message: string) => void
  readonly watch?: LedgerWatch
  /** Called once the fleet can be told what to do. */
  readonly onFleet?: (fleet: Fleet) => void
  /** The first finishes what runs, the second leaves the nodes alone, the third has them give back what they do. */
  readonly signals: StopSignals
}

/** How long a node that was left alone trusts its leases. */
export const detachedMs = 24 * 3_600_000
/** What nodes get to take leave once they are told to stop. */
const farewellMs = 20_000

/** A run on other machines: this process keeps the books and keeps the nodes connected. */
export async function runOnFleet(run: FleetRun): Promise<RunEnding> {
  const { store, signals, hosts, onTrouble } = run
  using fleet = new Fleet({
    ...run,
    ledger: storeLedger(store, run),
    epoch: nextEpoch(store, Date.now()),
    nodes: hosts.map(({ name }) => name),
    nowMs: steadyNowMs,
  })
  run.onFleet?.(fleet)
  const over = new AbortController()
  const links = hosts.map(({ name, open }) =>
    keepConnected(fleet, {
      node: name,
      open,
      onTrouble: (message) => onTrouble(name, message),
      clock: realClock,
      signal: over.signal,
    }),
  )
  using _first = onAbort(signals.first, () => fleet.finishRunning())
  using _second = onAbort(signals.second, () => fleet.detach(detachedMs))
  using _third = onAbort(signals.third, () => fleet.stop())
  try {
    const ending = await fleet.ended
    const isLeftAlone = ending.kind === 'detached' && !(await isAborted(signals.third, secondThoughtMs))
    if (!isLeftAlone) await Promise.race([hasLeft(fleet), Bun.sleep(farewellMs)])
    return isLeftAlone || ending.kind !== 'detached' ? ending : { kind: 'stopped' }
  } finally {
    over.abort()
    await Promise.race([Promise.all(links), Bun.sleep(flushMs)])
  }
}

/** For links to end. */
const flushMs = 1_000
/** How long nodes that were left alone can still be stopped; what they were told has left by then. */
const secondThoughtMs = 4_000
const lookEveryMs = 100

/** Resolves once no node is connected any more. */
async function hasLeft(fleet: Fleet): Promise<void> {
  while (fleet.nodes().some(({ state }) => state === 'up' || state === 'draining' || state === 'aside')) {
    await Bun.sleep(lookEveryMs)
  }
}

async function isAborted(signal: AbortSignal, withinMs: number): Promise<boolean> {
  if (signal.aborted) return true
  const { promise, resolve } = Promise.withResolvers<void>()
  using _ = onAbort(signal, resolve)
  await Promise.race([promise, Bun.sleep(withinMs)])
  return signal.aborted
}

function onAbort(signal: AbortSignal, work: () => void): Disposable {
  if (signal.aborted) work()
  signal.addEventListener('abort', work)
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', work) }
}
