import { chooseTheft, type HeldBy, isOutlier, stragglers, type Theft } from './balance.ts'
import { type FleetNode, freeSlots, isFaster, type KnownLease, learnSpeed, mayTake, unstarted } from './fleet-node.ts'
import { Queue } from './queue.ts'

/** An attempt, and the node that is to do it next. */
export interface Grant {
  readonly node: FleetNode
  readonly attempt: number
  readonly repo: string
}

/** What evens out the nodes' ends: leases to ask back from one, or attempts to do a second time. */
export type Balance =
  | { readonly kind: 'theft'; readonly theft: Theft }
  | { readonly kind: 'twins'; readonly grants: readonly Grant[] }

export interface GrantsOptions {
  /** As control knows them now. */
  readonly nodes: ReadonlyMap<string, FleetNode>
  /** Leases that a node gets beyond its slots. */
  readonly aheadOf: (node: string) => number
  /** A second lease of the attempt costs nothing but time. */
  readonly mayTwin: (attempt: number) => boolean
}

const outliersEveryMs = 60_000

/** Decides which node does which attempt next, by what waits and by what is known of the nodes. Leases nothing itself. */
export class Grants {
  /** What waits for a node. */
  readonly queue = new Queue()
  readonly #options: GrantsOptions
  /** Attempts that may end after all else, for whoever is faster. */
  #outliers: HeldBy[] = []
  #outliersAtMs = Number.NEGATIVE_INFINITY

  constructor(options: GrantsOptions) {
    this.#options = options
  }

  /** An attempt ended on a node, which tells of both. */
  learn(node: FleetNode, { repo, startedAtMs }: KnownLease, nowMs: number): void {
    const tookMs = nowMs - (startedAtMs ?? nowMs)
    learnSpeed(node, tookMs, this.queue.expectedMs(repo))
    this.queue.learn(repo, 1, tookMs)
  }

  /** What has not ended tells something too. */
  learnFromRunning(nowMs: number): void {
    for (const node of this.#options.nodes.values()) {
      for (const { repo, startedAtMs } of node.leases.values()) {
        if (startedAtMs !== null) this.queue.learnAtLeast(repo, nowMs - startedAtMs)
      }
    }
  }

  /**
   * First to free slots, then ahead of them; but nothing ahead once the end is near, when it would only be taken back.
   * Each is to be leased before the next is asked for.
   */
  *next(nowMs: number): Generator<Grant> {
    if (this.queue.size === 0) return
    yield* this.#inTurn((node) => freeSlots(node) > 0, nowMs)
    const slots = this.#upSlots(nowMs)
    const mostOf = (node: FleetNode) => node.slots + this.#options.aheadOf(node.node)
    yield* this.#inTurn((node) => this.queue.size > slots && node.leases.size < mostOf(node), nowMs)
  }

  /** One to each node in turn, those with the least to do first. */
  *#inTurn(hasRoom: (node: FleetNode) => boolean, nowMs: number): Generator<Grant> {
    for (let isGranting = true; isGranting && this.queue.size > 0; ) {
      isGranting = false
      const nodes = this.#upNodes(nowMs).filter(hasRoom)
      for (const node of nodes.sort((a, b) => a.leases.size / a.slots - b.leases.size / b.slots)) {
        const grant = hasRoom(node) ? this.#nextFor(node, nowMs) : null
        if (grant === null) continue
        isGranting = true
        yield grant
      }
    }
  }

  #nextFor(node: FleetNode, nowMs: number): Grant | null {
    const outlier = this.#outliers.findIndex(
      ({ lease, holder }) => isFaster(node, holder) && this.#mayTwin(lease.attempt),
    )
    const [taken] = outlier < 0 ? [] : this.#outliers.splice(outlier, 1)
    if (taken !== undefined) return { node, attempt: taken.lease.attempt, repo: taken.lease.repo }
    const isAlone = this.#upNodes(nowMs).length === 1
    const waiting = this.queue.take(node.node, isAlone, nowMs)
    return waiting && { node, attempt: waiting.attempt, repo: waiting.repo }
  }

  /** Slots for which nothing waits take from others, and at last do twice what takes long. */
  balance(nowMs: number): Balance | null {
    this.#findOutliers(nowMs)
    const nodes = [...this.#options.nodes.values()]
    const idle = this.#upNodes(nowMs).filter((node) => freeSlots(node) > 0)
    if (idle.length === 0) return null
    const expectedMs = (repo: string) => this.queue.expectedMs(repo)
    const theft = chooseTheft(nodes, (node) => mayTake(node, nowMs), expectedMs, nowMs)
    if (theft !== null) return { kind: 'theft', theft }
    if (this.queue.size > 0 || nodes.some((node) => unstarted(node).length > 0)) return null
    return { kind: 'twins', grants: this.#twinsFor(idle, nowMs) }
  }

  /** The longest for the fastest; to each one at most. */
  #twinsFor(idle: readonly FleetNode[], nowMs: number): readonly Grant[] {
    const slow = [...this.#stragglers(nowMs)]
    return idle
      .toSorted((a, b) => b.speedLog - a.speedLog)
      .flatMap((node): Grant[] => {
        const next = slow.findIndex(({ holder }) => holder !== node)
        const [taken] = next < 0 ? [] : slow.splice(next, 1)
        return taken === undefined ? [] : [{ node, attempt: taken.lease.attempt, repo: taken.lease.repo }]
      })
  }

  /** Looked for now and then: how much is left to do is long to add up. */
  #findOutliers(nowMs: number): void {
    if (nowMs < this.#outliersAtMs + outliersEveryMs) return
    this.#outliersAtMs = nowMs
    const restMs = this.queue.expectedSumMs / Math.max(1, this.#upSlots(nowMs))
    const { usualMs } = this.queue
    this.#outliers = this.#stragglers(nowMs).filter(({ lease }) => isOutlier(lease, usualMs, restMs, nowMs))
  }

  #stragglers(nowMs: number): readonly HeldBy[] {
    const expectedMs = (repo: string) => this.queue.expectedMs(repo)
    return stragglers(this.#options.nodes.values(), (attempt) => this.#mayTwin(attempt), expectedMs, nowMs)
  }

  /** Not where it is done twice already. */
  #mayTwin(attempt: number): boolean {
    const holders = [...this.#options.nodes.values()].filter((node) => node.leases.has(attempt)).length
    return holders === 1 && this.#options.mayTwin(attempt)
  }

  #upNodes(nowMs: number): FleetNode[] {
    return [...this.#options.nodes.values()].filter((node) => mayTake(node, nowMs))
  }

  #upSlots(nowMs: number): number {
    return this.#upNodes(nowMs).reduce((sum, node) => sum + node.slots, 0)
  }
}
