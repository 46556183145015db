import type { LeaseKey } from '../../src/domain/lease.ts'
import type { NodeMessage } from '../../src/domain/message.ts'
import type { ProtocolTimes } from '../../src/domain/protocol-times.ts'
import type { Mutation } from './mutation.ts'

const longMs = 1e12

function withoutHeld(message: NodeMessage): NodeMessage {
  return message.type === 'hello' || message.type === 'heartbeat' ? { ...message, held: [] } : message
}

/** Says of every lease that this process was ever given that it holds it. */
function withAllEverHeld(): (message: NodeMessage) => NodeMessage {
  const ever = new Map<string, Map<string, LeaseKey>>()
  return (message) => {
    if (message.type !== 'hello') return message
    // What an earlier life held is what a new one does not know of.
    const known = ever.get(message.node) ?? new Map<string, LeaseKey>()
    ever.set(message.node, known)
    for (const { attempt, generation } of message.held) known.set(`${attempt}/${generation}`, { attempt, generation })
    return { ...message, held: [...known.values()].map((key) => ({ ...key, state: 'running' })) }
  }
}

const times = (change: Partial<ProtocolTimes>) => (of: ProtocolTimes) => ({ ...of, ...change })

/** Bugs that the rules of the protocol are there against, each as a mutation of what stands around the two machines. */
export const plantedBugs: Readonly<Record<string, () => Mutation>> = {
  'R1 an event is acknowledged before it is stored': () => ({ acknowledgesBeforeCommit: true }),
  'R2 a node does not say what it holds': () => ({ up: withoutHeld }),
  'R2 a node says that it holds what an earlier life of it held': () => ({ up: withAllEverHeld() }),
  'R2 control does not say what is held no more': () => ({
    down: (order) => (order.type === 'heartbeat-answer' ? { ...order, dropped: [] } : order),
  }),
  'R5 a node trusts its leases for ever': () => ({ nodeTimes: times({ leaseMs: longMs, marginMs: 0 }) }),
  'R5 trust counts from when an answer came': () => ({ trustsFromReceipt: true }),
  'R7 a lease never expires': () => ({ controlTimes: times({ leaseMs: longMs }) }),
  'R7 a lease expires before its node stops trusting it': () => ({
    controlTimes: times({ leaseMs: 60_000, graceMs: 0 }),
  }),
  'R8 what was held before control began counts as silent since long ago': () => ({ restartsWithoutGrace: true }),
  'R9 a node forgets what it sends': () => ({ forgetsWhatItSends: true }),
  'R9 what is kept is not on the disk': () => ({ keepsNothing: true }),
  'R11 a steal is granted on before it is given back': () => ({ grantsWhatItAskedBack: true }),
  'R1 it is forgotten that a run is paused': () => ({ forgetsPause: true }),
  'R1 it is forgotten that a node drains': () => ({ savedNode: (saved) => ({ ...saved, isDraining: false }) }),
  'R1 it is forgotten how many slots a node was to have': () => ({
    savedNode: (saved) => ({ ...saved, slotsAsked: null }),
  }),
  'it is forgotten what a node did': () => ({ savedNode: (saved) => ({ ...saved, settled: 0, accepted: 0 }) }),
  'a node is not told its mode anew': () => ({
    down: (order) => (order.type === 'set-mode' && order.mode === 'working' ? null : order),
  }),
  'an acknowledgement goes to the wrong life of a node': () => ({
    down: (order) => (order.type === 'acknowledge' ? { ...order, boot: `${order.boot}x` } : order),
  }),
  'an acknowledgement is one too high': () => ({
    down: (order) => (order.type === 'acknowledge' ? { ...order, sequence: order.sequence + 1 } : order),
  }),
}
