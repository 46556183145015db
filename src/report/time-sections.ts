import { formatUsd } from '../domain/budget.ts'
import type { RoleCost, StageRow } from '../store/report-rows.ts'
import type { Html } from '../util/html.ts'
import { formatDuration } from '../util/quantity.ts'
import { bars, heatRows, timeChart } from './charts.ts'
import type { ReportFacts } from './facts.ts'
import { section, titled } from './section.ts'
import { type Column, sortedTable } from './table.ts'
import { percent, whole } from './words.ts'

export function stageSection({ stages }: ReportFacts): Html | null {
  const totalMs = stages.reduce((sum, { total_ms }) => sum + total_ms, 0)
  if (totalMs === 0) return null
  const most = Math.max(...stages.map(({ total_ms }) => total_ms))
  const rows = stages.map(({ stage, total_ms }) => ({
    name: stage,
    length: total_ms / most,
    value: formatDuration(total_ms),
    remark: percent(total_ms / totalMs),
  }))
  return section('Time by stage', 'Added up over all slots, so that it is longer than the runs were.', [
    bars(rows),
    titled('Of one stage', sortedTable(stages, stageColumns)),
  ])
}

const stageColumns: readonly Column<StageRow>[] = [
  { title: 'stage', kind: 'word', cell: ({ stage }) => stage },
  { title: 'times', cell: ({ count }) => whole(count), key: ({ count }) => count },
  { title: 'median', cell: ({ median_ms }) => formatDuration(median_ms), key: ({ median_ms }) => median_ms },
  { title: '90 %', cell: ({ p90_ms }) => formatDuration(p90_ms), key: ({ p90_ms }) => p90_ms },
  { title: 'most', cell: ({ max_ms }) => formatDuration(max_ms), key: ({ max_ms }) => max_ms },
  { title: 'in all', cell: ({ total_ms }) => formatDuration(total_ms), key: ({ total_ms }) => total_ms },
]

export function timeSection({ timeline }: ReportFacts): Html | null {
  const { spanMs, decided, accepted, nodes } = timeline
  if (spanMs === 0) return null
  const busy = sumOf(nodes.map(({ attempts }) => attempts))
  const named = nodes.map(({ node, attempts }) => ({ name: node ?? 'not known', values: attempts }))
  const note =
    'Over the time in which a run was going; the time between runs is left out. When an attempt began is estimated from its end and what its stages took.'
  return section('Over time', note, [
    timeChart({
      title: 'Instances with a verdict',
      spanMs,
      shape: 'curve',
      format: whole,
      series: [
        { name: 'with a verdict', values: decided },
        { name: 'accepted', values: accepted },
      ],
    }),
    timeChart({
      title: 'Attempts at a time, on all nodes',
      spanMs,
      shape: 'steps',
      format: String,
      series: [{ name: 'at work', values: busy }],
    }),
    ...(nodes.length > 1 ? [titled('Attempts at a time by node, and their mean', heatRows(named))] : []),
  ])
}

function sumOf(rows: readonly (readonly number[])[]): number[] {
  const [first = []] = rows
  return first.map((_, index) => rows.reduce((sum, row) => sum + (row[index] ?? 0), 0))
}

/** Null where no model was asked. */
export function costSection({ roles, timeline }: ReportFacts): Html | null {
  if (roles.length === 0) return null
  const { spanMs, costUsd } = timeline
  const chart = timeChart({
    title: 'Dollars spent',
    spanMs,
    shape: 'curve',
    format: (value) => `$${value}`,
    series: [{ name: 'spent', values: costUsd }],
  })
  return section('Cost', 'All model calls; one that was cut off, or still goes on, counts with all it may cost.', [
    ...(spanMs === 0 ? [] : [chart]),
    titled('By model and role', sortedTable(roles, roleColumns)),
  ])
}

const roleColumns: readonly Column<RoleCost>[] = [
  { title: 'model', kind: 'text', cell: ({ model }) => model },
  { title: 'role', kind: 'word', cell: ({ role }) => role },
  { title: 'calls', cell: ({ calls }) => whole(calls), key: ({ calls }) => calls },
  { title: 'tokens in', cell: ({ input_tokens }) => whole(input_tokens), key: ({ input_tokens }) => input_tokens },
  { title: 'tokens out', cell: ({ output_tokens }) => whole(output_tokens), key: ({ output_tokens }) => output_tokens },
  { title: 'cost', cell: ({ cost_usd }) => formatUsd(cost_usd), key: ({ cost_usd }) => cost_usd },
]
