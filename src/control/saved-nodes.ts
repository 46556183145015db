import type { ProtocolTimes } from '../domain/protocol-times.ts'
import type { NodeMemory } from '../store/nodes.ts'
import { type FleetNode, viewOf } from './fleet-node.ts'
import type { Ledger } from './ledger.ts'

/** For people who look at the nodes from elsewhere. */
const saveEveryMs = 5_000

/** Nodes as they are written down: those that are not as they were, all in one go. */
export class SavedNodes {
  readonly #ledger: Ledger
  readonly #times: ProtocolTimes
  readonly #saved = new Map<string, string>()
  #savedAtMs = Number.NEGATIVE_INFINITY

  constructor(ledger: Ledger, times: ProtocolTimes) {
    this.#ledger = ledger
    this.#times = times
  }

  /** Something is new that people wait for. */
  hasten(): void {
    this.#savedAtMs = Number.NEGATIVE_INFINITY
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#savedAtMs + saveEveryMs
  }

  save(nodes: Iterable<FleetNode>, nowMs: number): void {
    this.#savedAtMs = nowMs
    const changed = [...nodes].flatMap((node) => this.#changed(node, nowMs) ?? [])
    if (changed.length === 0) return
    this.#ledger.transaction(() => {
      for (const { view, memory } of changed) this.#ledger.saveNode(view, memory)
    })
  }

  /** Null where it is as it was saved last. */
  #changed(node: FleetNode, nowMs: number) {
    const { trustedUntilMs, slotsAsked, isDraining } = node
    const memory: NodeMemory = { trustedUntilMs, slotsAsked, isDraining }
    const view = viewOf(node, this.#times, nowMs)
    const text = JSON.stringify([view, memory])
    if (this.#saved.get(node.node) === text) return null
    this.#saved.set(node.node, text)
    return { view, memory }
  }
}
