import type { ReportRows, ReportRun, WorkRow } from '../store/report-rows.ts'

/** A value at each border between two bins of the time worked, from its beginning to its end. */
export type Curve = readonly number[]

/** How many attempts a node worked on, on the average of each bin. */
export interface NodeUse {
  /** Null where it is not known which node it was. */
  readonly node: string | null
  readonly attempts: readonly number[]
}

/** What happened when, over the time in which some run was going: the time between runs is left out. */
export interface Timeline {
  readonly spanMs: number
  /** Instances with a verdict so far. */
  readonly decided: Curve
  readonly accepted: Curve
  readonly costUsd: Curve
  readonly nodes: readonly NodeUse[]
}

/** Of each curve: about one for 8 pixels of a wide page. */
const binCount = 120

export function timelineOf({ runs, instances, minutes, work }: ReportRows): Timeline {
  const spans = workSpans(runs)
  const spanMs = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
  const placeOf = (atMs: number) => (spanMs === 0 ? 0 : workedAt(spans, atMs) / spanMs)
  const settled = instances.flatMap(({ settled_at_ms, outcome }) =>
    settled_at_ms === null ? [] : [{ place: placeOf(settled_at_ms), outcome, value: 1 }],
  )
  return {
    spanMs,
    decided: cumulated(settled),
    accepted: cumulated(settled.filter(({ outcome }) => outcome === 'accepted')),
    costUsd: cumulated(minutes.map((row) => ({ place: placeOf(row.minute_ms), value: row.cost_usd }))),
    nodes: nodeUses(work, placeOf),
  }
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * When runs were going. One that was killed, or still goes on, counts up to its last sign: when it really ended nobody
 * knows, and a report about a database is the same whenever it is made.
 */
function workSpans(runs: readonly ReportRun[]): Span[] {
  const spans: Span[] = []
  for (const run of runs) {
    const endedAtMs = run.state === 'ended' ? (run.ended_at_ms ?? run.last_ms) : run.last_ms
    const fromMs = Math.max(run.started_at_ms, spans.at(-1)?.toMs ?? run.started_at_ms)
    if (endedAtMs > fromMs) spans.push({ fromMs, toMs: endedAtMs })
  }
  return spans
}

/** How long runs had been going at a moment. */
function workedAt(spans: readonly Span[], atMs: number): number {
  return spans.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(atMs, toMs) - fromMs), 0)
}

/** Places are from 0 to 1. */
function cumulated(events: readonly { readonly place: number; readonly value: number }[]): Curve {
  const added = new Array<number>(binCount + 1).fill(0)
  for (const { place, value } of events) {
    const border = Math.ceil(place * binCount)
    added[border] = (added[border] ?? 0) + value
  }
  let sum = 0
  return added.map((value) => {
    sum += value
    return sum
  })
}

/** By the names of nodes; what cannot be placed last. */
function nodeUses(work: readonly WorkRow[], placeOf: (atMs: number) => number): NodeUse[] {
  return [...Map.groupBy(work, ({ node }) => node)]
    .map(([node, rows]) => ({ node, attempts: averages(rows, placeOf) }))
    .toSorted((a, b) => (a.node === null ? 1 : b.node === null || a.node < b.node ? -1 : 1))
}

function averages(rows: readonly WorkRow[], placeOf: (atMs: number) => number): number[] {
  const sums = new Array<number>(binCount).fill(0)
  for (const { from_ms, to_ms } of rows) {
    const from = placeOf(from_ms) * binCount
    const to = (to_ms === null ? 1 : placeOf(to_ms)) * binCount
    for (let bin = Math.floor(from); bin < Math.min(to, binCount); bin += 1) {
      sums[bin] = (sums[bin] ?? 0) + Math.min(to, bin + 1) - Math.max(from, bin)
    }
  }
  return sums
}
