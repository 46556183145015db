import { hostname } from 'node:os'
import type { RunEnding } from '../control/control.ts'
import { Fleet, type FleetOptions } from '../control/fleet.ts'
import type { LedgerWatch } from '../control/ledger-watch.ts'
import type { RunPlan } from '../control/run-plan.ts'
import { storeLedger } from '../control/store-ledger.ts'
import type { FaultPolicy } from '../domain/attempt.ts'
import type { NodeSetup } from '../domain/message.ts'
import { parseNodeMessage, parseOrder } from '../domain/message-schema.ts'
import type { NodeFacts } from '../domain/node-facts.ts'
import { protocolTimes } from '../domain/protocol-times.ts'
import { Scheduler } from '../node/scheduler.ts'
import type { Workers } from '../node/workers.ts'
import { nextEpoch } from '../store/nodes.ts'
import type { Store } from '../store/store.ts'
import { steadyNowMs } from '../util/clock.ts'

export interface LocalRun extends Pick<FleetOptions, 'onEvent' | 'onLost' | 'answer'> {
  readonly store: Store
  readonly runId: string
  readonly plan: RunPlan
  readonly policy: FaultPolicy
  readonly setup: NodeSetup
  readonly slots: number
  readonly workers: Workers
  /** How this machine is; absent where nobody looks. */
  readonly facts?: () => NodeFacts
  readonly watch?: LedgerWatch
  /** Called once the fleet can be told what to do. */
  readonly onFleet?: (fleet: Fleet) => void
  /** Aborted: nothing new is taken, what runs is aborted and given back. */
  readonly signal: AbortSignal
}

const observeMs = 5_000

/** Control and one node in this process, telling each other what they would tell each other over a network. */
export async function runLocally(run: LocalRun): Promise<RunEnding> {
  const { store, signal } = run
  const node = hostname()
  using fleet = new Fleet({
    ...run,
    ledger: storeLedger(store, run),
    epoch: nextEpoch(store, Date.now()),
    times: protocolTimes,
    nodes: [node],
    setupOf: () => ({ ...run.setup, leaseMs: protocolTimes.leaseMs }),
    // What this process does not reach as a node it does not reach as control.
    bundle: () => Promise.resolve({ kind: 'unreachable', explanation: 'there is no other way to it from here' }),
    nowMs: steadyNowMs,
  })
  using scheduler = new Scheduler({
    node,
    boot: crypto.randomUUID(),
    slots: run.slots,
    times: protocolTimes,
    kept: [],
    workersFor: () => run.workers,
    // Events are stored by control within the call that sends them.
    keep: () => Promise.resolve(),
    forget: () => undefined,
    gate: () => undefined,
    nowMs: steadyNowMs,
  })
  const observe = () => run.facts && scheduler.observe(run.facts())
  observe()
  const observing = setInterval(observe, observeMs)
  const stop = () => fleet.stop()
  signal.addEventListener('abort', stop)
  try {
    run.onFleet?.(fleet)
    join(fleet, scheduler, node)
    if (signal.aborted) stop()
    const ending = await Promise.race([fleet.ended, scheduler.ended.then(() => fleet.ended)])
    if (ending.kind !== 'finished') await scheduler.ended
    return ending
  } finally {
    clearInterval(observing)
    signal.removeEventListener('abort', stop)
  }
}

/** Each line as it would be on a wire. */
function join(fleet: Fleet, scheduler: Scheduler, node: string): void {
  const queue: string[] = []
  // Later, so that neither side is called from within its own call.
  const link = scheduler.connected({
    // At once: an iteration is on disk before the next one begins.
    send: (message) => fleet.receive(node, connection, parseNodeMessage(JSON.parse(JSON.stringify(message)))),
    close: () => undefined,
  })
  const connection: number = fleet.connected(node, {
    send(order) {
      queue.push(JSON.stringify(order))
      queueMicrotask(() => {
        const line = queue.shift()
        if (line !== undefined) scheduler.receive(link, parseOrder(JSON.parse(line)))
      })
    },
    close: () => scheduler.disconnected(link),
  })
}
