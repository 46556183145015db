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

export function putNode(store: Store, runId: string, node: NodeRow, trustedUntilMs: number): void {
  store.run(
    `insert or replace into nodes (run_id, node, state, trouble, slots, running, waiting, facts, heard_at_ms,
       trusted_until_ms, settled, accepted, faulted, stolen) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    runId,
    node.node,
    node.state,
    node.trouble,
    node.slots,
    node.running,
    node.waiting,
    node.facts && JSON.stringify(node.facts),
    node.heardAtMs === null ? null : Math.round(node.heardAtMs),
    Math.round(trustedUntilMs),
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

/** Until when a node that was left alone may trust its leases; 0 of others. */
export function getTrustedUntilMs(store: Store, runId: string, node: string): number {
  const sql = 'select trusted_until_ms as at from nodes where run_id = ? and node = ?'
  return store.get<{ at: number }>(sql, runId, node)?.at ?? 0
}

/** A new life of control begins; what is of an older one is stale. */
export function nextEpoch(store: Store, startedAtMs: number): number {
  return store.run('insert into epochs (started_at_ms) values (?)', startedAtMs).lastId
}
