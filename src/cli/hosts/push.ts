import type { HostPush } from '../../control/fleet-push.ts'
import { counted } from '../../util/counted.ts'
import { printable } from '../../util/printable.ts'
import { formatBytes, formatDuration } from '../../util/quantity.ts'
import { checkColours } from '../colour.ts'
import { colouredTable, type TableRow } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** What `openswe hosts push --json` prints of a host; null stands for what there is none of. */
export function pushJson({ host, end, durationMs }: HostPush): unknown {
  return {
    host: host.name,
    address: host.address,
    state: end.kind,
    path: end.kind === 'failed' ? null : end.path,
    sent_bytes: sentBytesOf(end),
    duration_ms: Math.round(durationMs),
    trouble: end.kind === 'failed' ? end.trouble : null,
  }
}

/** A row a host, and below it what is in the way with what mends it. */
export function pushTable(pushes: readonly HostPush[], terminal: Terminal): string {
  const head: TableRow = { cells: ['host', 'state', 'sent', 'took', 'path'], colour: 'bold' }
  return colouredTable(terminal, [head, ...pushes.map(rowOf)])
}

function rowOf({ host, end, durationMs }: HostPush): TableRow {
  const took = formatDuration(durationMs)
  if (end.kind !== 'failed') {
    return { cells: [host.name, end.kind, formatBytes(sentBytesOf(end)), took, end.path], colour: checkColours.ok }
  }
  const { kind, message, fix } = end.trouble
  const below = [`    ${printable(message)}`, `      → ${printable(fix)}`]
  return { cells: [host.name, kind, '-', took], colour: checkColours.missing, below }
}

function sentBytesOf(end: HostPush['end']): number {
  return end.kind === 'pushed' ? end.sentBytes : 0
}

/** `3 hosts: 1 pushed, 1 had it already, 1 failed; 50 MiB sent`. */
export function pushSummary(pushes: readonly HostPush[]): string {
  const count = (kind: HostPush['end']['kind']) => pushes.filter(({ end }) => end.kind === kind).length
  const words = [`${count('pushed')} pushed`, `${count('present')} had it already`, `${count('failed')} failed`]
  const sentBytes = pushes.reduce((sum, { end }) => sum + sentBytesOf(end), 0)
  return `${counted(pushes.length, 'host')}: ${words.join(', ')}; ${formatBytes(sentBytes)} sent\n`
}
