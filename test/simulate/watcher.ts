import { avoidanceAfter, mayGoTo } from '../../src/control/queue.ts'
import { leaseOf, leasesOf } from '../../src/domain/attempt.ts'
import type { Lease } from '../../src/domain/lease.ts'
import type { NodeEvent, NodePulse, Order } from '../../src/domain/message.ts'
import { isOver } from './books.ts'
import type { ControlLife } from './control-life.ts'
import type { Host } from './host.ts'
import type { NodeProcess } from './node-process.ts'
import type { World } from './world.ts'

/** How long a slot may be idle beside work it could do: a heartbeat says so, a steal goes there and back, and is answered. */
const stealMs = 90_000

/** Checks what holds of the whole, beyond what the books check of themselves. */
export class Watcher {
  readonly #world: World
  /** On a disk that survives, and not applied yet as far as its node knows. */
  readonly #durable = new Map<string, NodeEvent>()
  #idleSinceMs: number | null = null
  #looksAtMs = 0
  #disturbedAtMs = 0
  /** Of those, what nodes had to say that control heard of when the run ended. */
  #dueAtEnd: readonly NodeEvent[] = []

  constructor(world: World) {
    this.#world = world
  }

  /** Something went wrong by intent: whatever is measured from a quiet time begins anew. */
  disturbed(): void {
    this.#disturbedAtMs = this.#world.timeline.nowMs
    this.#idleSinceMs = null
  }

  keeps(event: NodeEvent): void {
    this.#durable.set(keyOf(event), event)
  }

  loses(host: Host): void {
    for (const [key, event] of this.#durable) if (event.node === host.plan.name) this.#durable.delete(key)
  }

  reopened(host: Host, kept: readonly NodeEvent[]): void {
    const found = new Set(kept.map(keyOf))
    for (const [key, event] of this.#durable) {
      if (event.node !== host.plan.name) continue
      this.#world.watch.check(
        'I4 nothing kept is lost',
        found.has(key),
        () => `${key} ${event.type} is not on the disk of ${host.plan.name}`,
      )
    }
  }

  acknowledged(order: Extract<Order, { type: 'acknowledge' }>): void {
    const { books, watch } = this.#world
    watch.check(
      'I3 acknowledged is stored',
      books.isApplied(order),
      () => `${order.boot} ${order.sequence} is acknowledged, and not stored`,
    )
  }

  forgets(gone: readonly NodeEvent[]): void {
    const { books, watch } = this.#world
    for (const event of gone) {
      this.#durable.delete(keyOf(event))
      watch.check(
        'I3 forgotten is stored',
        books.isApplied(event),
        () => `${keyOf(event)} ${event.type} is forgotten, and not stored`,
      )
    }
  }

  died(): void {
    this.disturbed()
  }

  pulses(process: NodeProcess, { held, slots }: NodePulse): void {
    const open = held.filter(({ state }) => state !== 'ended').length
    const { scenario, watch, mostSlots } = this.#world
    const most = Math.max(slots, mostSlots(process.host)) + scenario.ahead
    watch.check('I8 no more than it may hold', open <= most, () => `${process.boot} holds ${open} of ${most}`)
  }

  /** Each that spends now does so by a lease that counts, or what it does is over. */
  spends(process: NodeProcess): void {
    if (!process.maySpend) return
    for (const worker of process.workers) {
      if (worker.isAborted || worker.isOver) continue
      this.#maySpend(process, worker.lease)
    }
  }

  #maySpend(process: NodeProcess, { attempt, generation }: { attempt: number; generation: number }): void {
    const { books, watch } = this.#world
    const state = books.get(attempt)?.attempt
    const holds = state !== undefined && (isOver(state) || leaseOf(state, generation)?.node === process.host.plan.name)
    watch.check(
      'I2 one spends',
      holds,
      () => `${process.boot} spends on ${attempt}/${generation}, which is ${JSON.stringify(state)}`,
    )
  }

  leaseGone(attempt: number, lease: Lease): void {
    const { hosts, watch } = this.#world
    const process = hosts.find(({ plan }) => plan.name === lease.node)?.process
    const spends = process?.maySpend === true && this.#runs(attempt, lease)
    watch.check('I2 who loses it does not spend', !spends, () => {
      return `${lease.node} spends on ${attempt}/${lease.generation} when it is taken away`
    })
  }

  #runs(attempt: number, { node, generation }: Lease): boolean {
    const process = this.#world.hosts.find(({ plan }) => plan.name === node)?.process
    const worker = process?.workers.find(({ lease }) => lease.attempt === attempt && lease.generation === generation)
    return worker !== undefined && !worker.isAborted && !worker.isOver
  }

  /** Whether slots are idle for too long beside what they could do. */
  looks(life: ControlLife): void {
    const { timeline, watch } = this.#world
    if (timeline.nowMs < this.#looksAtMs) return
    this.#looksAtMs = timeline.nowMs + 10_000
    const why = this.#idleBeside(life)
    if (why === null) this.#idleSinceMs = null
    else this.#idleSinceMs ??= timeline.nowMs
    const sinceMs = Math.max(this.#idleSinceMs ?? timeline.nowMs, this.#disturbedAtMs)
    watch.check(
      'work conserved',
      timeline.nowMs - sinceMs <= stealMs,
      () => `for ${timeline.nowMs - sinceMs} ms ${why}`,
    )
  }

  #idleBeside(life: ControlLife): string | null {
    const { control } = life
    if (life.ending !== null || control.isPaused || this.#world.isEnding) return null
    const nowMs = this.#world.timeline.nowMs
    const views = control.nodes(nowMs).filter((view) => {
      const host = this.#world.hosts.find(({ plan }) => plan.name === view.node)
      return view.state === 'up' && host?.process?.maySpend === true && !host.hasStorm
    })
    const idle = views.find(({ running, waiting, slots }) => running + waiting < slots)
    if (idle === undefined) return null
    const overfull = views.filter(({ running, waiting, slots }) => running + waiting > slots).map(({ node }) => node)
    for (const [attempt, state] of this.#world.books.states()) {
      if (!mayGoTo(idle.node, avoidanceAfter(state.faults), nowMs)) continue
      if (state.state === 'queued' && state.notBeforeMs <= nowMs)
        return `${idle.node} is idle beside ${attempt} in the queue`
      if (state.state === 'leased' && overfull.includes(state.lease.node) && !this.#runs(attempt, state.lease)) {
        return `${idle.node} is idle beside ${attempt}, which waits on ${state.lease.node}`
      }
    }
    return null
  }

  /** Control says that the run is over. */
  finished(life: ControlLife): void {
    const views = life.control.nodes(this.#world.timeline.nowMs)
    const isThere = (name: string) => {
      const isUp = views.some(({ node, state }) => node === name && (state === 'up' || state === 'draining'))
      return isUp && this.#world.hosts.find(({ plan }) => plan.name === name)?.process?.isFrozen === false
    }
    this.#dueAtEnd = [...this.#durable.values()].filter(({ node }) => isThere(node))
  }

  /** Control was killed, and not when it wanted to end. */
  killed(): void {
    this.#dueAtEnd = []
  }

  /** When all is over. */
  atEnd(): void {
    const { books, hosts, watch } = this.#world
    books.checkSums()
    for (const [attempt, state] of books.states()) {
      const { isPoison } = books.planOf(attempt)
      watch.check('I6 every attempt ends', isOver(state), () => `attempt ${attempt} is ${JSON.stringify(state)}`)
      watch.check(
        'I7 no fault of a node ends an attempt',
        state.state !== 'faulted' || isPoison,
        () => `attempt ${attempt} is ${JSON.stringify(state)}`,
      )
      watch.check('no lease is left', leasesOf(state).length === 0, () => `attempt ${attempt}`)
    }
    for (const event of this.#dueAtEnd) {
      watch.check(
        'I4 what is kept arrives',
        books.isApplied(event),
        () => `${keyOf(event)} ${event.type} did not arrive`,
      )
    }
    for (const host of hosts) {
      watch.check('I10 nothing is left running', host.process === null, () => `${host.process?.boot} runs still`)
    }
  }
}

function keyOf({ boot, sequence }: { readonly boot: string; readonly sequence: number }): string {
  return `${boot} ${sequence}`
}
