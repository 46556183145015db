import type { Fault } from '../domain/fault.ts'
import { afterFault, probation } from './fault-storm.ts'
import type { FleetNode } from './fleet-node.ts'

const firstAsideMs = 5 * 60_000
const longestAsideMs = 60 * 60_000
const firstDeathMs = 5_000

/** What an attempt's fault says of its node: that it goes on, that nothing is leased to it for long, or that no node can go on. */
export function noteFault(node: FleetNode, fault: Fault, nowMs: number): 'going-on' | 'set-aside' | 'final' {
  node.faulted += 1
  node.storm = afterFault(node.storm, fault.kind, node.slots, nowMs)
  if (!node.storm.isOver) return 'going-on'
  if (node.storm.isFinal) return 'final'
  node.asideUntilMs = nowMs + Math.min(longestAsideMs, firstAsideMs * 2 ** node.timesAside)
  node.timesAside += 1
  node.storm = probation(node.slots)
  node.trouble = fault.message
  return 'set-aside'
}

/** A node whose process dies again and again with nothing done between is leased nothing for a while. */
export function noteDeath(node: FleetNode, nowMs: number): void {
  node.deaths += 1
  if (node.deaths === 1) return
  const waitMs = Math.min(firstAsideMs, firstDeathMs * 2 ** node.deaths)
  node.asideUntilMs = Math.max(node.asideUntilMs, nowMs + waitMs)
  node.trouble = `its process died ${node.deaths} times in a row`
}
