import type { NodeMessage, Order } from '../../src/domain/message.ts'
import type { ProtocolTimes } from '../../src/domain/protocol-times.ts'
import type { SavedNode } from '../../src/store/nodes.ts'
import type { NodeProcess } from './node-process.ts'

/** A bug that is planted around the two machines; without any field, none. */
export interface Mutation {
  readonly nodeTimes?: (times: ProtocolTimes) => ProtocolTimes
  readonly controlTimes?: (times: ProtocolTimes) => ProtocolTimes
  /** What a node says instead. */
  readonly up?: (message: NodeMessage, by: NodeProcess) => NodeMessage
  /** What control says instead; null says nothing. */
  readonly down?: (order: Order) => Order | null
  /** What a new life of control reads of a node in place of what was written. */
  readonly savedNode?: (saved: SavedNode) => SavedNode
  /** A new life of control does not know that the run is paused. */
  readonly forgetsPause?: boolean
  readonly acknowledgesBeforeCommit?: boolean
  readonly forgetsWhatItSends?: boolean
  /** Half of what is to be kept is not on the disk when a process ends. */
  readonly keepsNothing?: boolean
  readonly trustsFromReceipt?: boolean
  /** What was held before control began counts from the epoch of its clock. */
  readonly restartsWithoutGrace?: boolean
  readonly grantsWhatItAskedBack?: boolean
  readonly appliesTwice?: boolean
}
