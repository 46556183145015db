import type { NodeFacts } from '../domain/node-facts.ts'
import type { Store } from './store.ts'

/** A node of a run, as it was last heard of. */
export interface NodeRow<State extends string = string> {
  readonly node: string
  readonly state: State
  /** Why it is not up, in one line. */
  readonly trouble: string | null
  readonly slots: number
  readonly running: number
  readonly waiting: number
  readonly facts: NodeFacts | null
  readonly heardAtMs: number | null
  /** Since the run began: attempts that ended in a verdict or a grade here, and those accepted or resolved. */
  readonly settled: number
  readonly accepted: number
  readonly faulted: number
  /** Leases that were taken from it before they began. */
  readonly stolen: number
}

/** What a later life of control has to know of a node to go on with it as this one did. */
export interface NodeMemory {
  /** It was left alone until then, by the clock of this machine, and may trust its leases; 0 of others. */
  readonly trustedUntilMs: number
  /** Null where nobody asked for another number of them while the run goes on. */
  readonly slotsAsked: number | null
  /** It was asked to take nothing new, and that was not taken back. */
  readonly isDraining: boolean
}

/** What a life of control begins from. */
export type SavedNode = NodeMemory & Pick<NodeRow, 'settled' | 'accepted' | 'faulted' | 'stolen'>

export function putNode(store: Store, runId: string, node: NodeRow, memory: NodeMemory): void {
  store.run(
    `insert or replace into nodes (run_id, node, state, trouble, slots, running, waiting, facts, heard_at_ms,
       trusted_until_ms, slots_asked, is_draining, settled, accepted, faulted, stolen)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    runId,
    node.node,
    node.state,
    node.trouble,
    node.slots,
    node.running,
    node.waiting,
    node.facts && JSON.stringify(node.facts),
    node.heardAtMs === null ? null : Math.round(node.heardAtMs),
    Math.round(memory.trustedUntilMs),
    memory.slotsAsked,
    Number(memory.isDraining),
    node.settled,
    node.accepted,
    node.faulted,
    node.stolen,
  )
}

type Row = Omit<NodeRow, 'facts' | 'heardAtMs'> & { readonly facts: string | null; readonly heard_at_ms: number | null }

/** Every node of a run, by name. */
export function listNodes(store: Store, runId: string): NodeRow[] {
  return store
    .all<Row>('select * from nodes where run_id = ? order by node', runId)
    .map(({ facts, heard_at_ms, ...row }) => ({
      node: row.node,
      state: row.state,
      trouble: row.trouble,
      slots: row.slots,
      running: row.running,
      waiting: row.waiting,
      facts: facts === null ? null : JSON.parse(facts),
      heardAtMs: heard_at_ms,
      settled: row.settled,
      accepted: row.accepted,
      faulted: row.faulted,
      stolen: row.stolen,
    }))
}

/** Null where nothing was saved of it. */
export function getSavedNode(store: Store, runId: string, node: string): SavedNode | null {
  const row = store.get<Omit<SavedNode, 'isDraining'> & { readonly isDraining: number }>(
    `select trusted_until_ms as trustedUntilMs, slots_asked as slotsAsked, is_draining as isDraining,
       settled, accepted, faulted, stolen
     from nodes where run_id = ? and node = ?`,
    runId,
    node,
  )
  return row === undefined ? null : { ...row, isDraining: row.isDraining === 1 }
}

/** A new life of control begins; what is of an older one is stale. */
export function nextEpoch(store: Store, startedAtMs: number): number {
  return store.run('insert into epochs (started_at_ms) values (?)', startedAtMs).lastId
}
