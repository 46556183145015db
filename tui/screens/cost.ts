import type { Snapshot } from '../../src/control/snapshot.ts'
import type { RunCosts } from '../../src/control/snapshot-reader.ts'
import { formatUsd } from '../../src/domain/budget.ts'
import { formatDuration } from '../../src/util/quantity.ts'
import { bar, oneLine } from '../cell.ts'
import { type Column, place, rowLine, titleLine } from '../columns.ts'
import { age, amount, count } from '../figures.ts'
import { joined } from '../frame.ts'
import type { Theme } from '../theme.ts'

export interface CostFacts {
  readonly snapshot: Snapshot
  readonly costs: RunCosts
  readonly width: number
}

/** Dollars by author, model, role and outcome, and time by stage. */
export function costLines(theme: Theme, facts: CostFacts): readonly string[] {
  const { snapshot, width } = facts
  if (snapshot.spentUsd === null)
    return [' This run asks no model: it costs time alone.', '', ...stageTable(theme, facts)]
  return [
    sumLine(theme, facts, snapshot.spentUsd),
    '',
    ...outcomeTable(theme, facts),
    '',
    ...roleTable(theme, facts.costs, width),
    '',
    ...stageTable(theme, facts),
  ]
}

function sumLine(theme: Theme, { snapshot, costs: { budgetUsd }, width }: CostFacts, spentUsd: number): string {
  const good = snapshot.kind === 'synthesis' ? snapshot.accepted : snapshot.resolved
  const what = snapshot.kind === 'synthesis' ? 'each accepted' : 'each resolved'
  const words = [
    budgetUsd !== null && `${formatUsd(Math.max(0, budgetUsd - spentUsd))} of ${formatUsd(budgetUsd)} left`,
    good > 0 && `${formatUsd(spentUsd / good)} ${what}`,
    snapshot.forecastUsd !== null && `${formatUsd(snapshot.forecastUsd)} in all at this pace`,
  ].filter((text) => text !== false)
  const spent = `${formatUsd(spentUsd)} spent`
  return joined([[spent, theme.style('strong', spent)], ...words.map((text) => [text, text] as const)], width)
}

function tableLines<Row>(theme: Theme, columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const layout = place(columns, width)
  return [titleLine(theme, layout), ...rows.map((row) => rowLine(theme, layout, row))]
}

function outcomeTable(theme: Theme, { costs: { outcomes }, width }: CostFacts): string[] {
  return tableLines(
    theme,
    [
      { title: 'OUTCOME', width: 11, cell: ({ outcome }) => outcome },
      {
        title: 'BY, REASON',
        width: 28,
        cell: ({ author, reason }) => (author === null ? (reason ?? '') : `by ${author}`),
      },
      { title: 'COUNT', width: 8, align: 'right', cell: (row) => count(row.count) },
      { title: 'COST', width: 10, align: 'right', cell: (row) => formatUsd(row.costUsd) },
      { title: 'EACH', width: 10, align: 'right', cell: (row) => formatUsd(row.costUsd / row.count) },
    ],
    outcomes ?? [],
    width,
  )
}

function roleTable(theme: Theme, { roles }: RunCosts, width: number): string[] {
  return tableLines(
    theme,
    [
      { title: 'MODEL', width: { least: 12, most: 28 }, cell: ({ model }) => oneLine(theme, model) },
      { title: 'ROLE', width: 11, cell: ({ role }) => role },
      { title: 'CALLS', width: 8, align: 'right', cell: ({ calls }) => count(calls) },
      { title: 'TOKENS IN', width: 9, align: 'right', cell: (row) => amount(row.input_tokens) },
      { title: 'OUT', width: 6, align: 'right', cell: (row) => amount(row.output_tokens) },
      { title: 'COST', width: 10, align: 'right', cell: (row) => formatUsd(row.cost_usd) },
    ],
    roles,
    width,
  )
}

function stageTable(theme: Theme, { costs: { stages }, width }: CostFacts): string[] {
  const all = stages.reduce((sum, { total_ms }) => sum + total_ms, 0)
  const barWidth = Math.min(40, Math.max(12, width - 64))
  return tableLines(
    theme,
    [
      { title: 'STAGE', width: 11, cell: ({ stage }) => stage },
      { title: 'TIMES', width: 8, align: 'right', cell: (row) => count(row.count) },
      { title: 'TIME', width: 8, align: 'right', cell: ({ total_ms }) => age(total_ms) },
      { title: 'EACH', width: 7, align: 'right', cell: (row) => formatDuration(row.total_ms / row.count) },
      { title: 'LONGEST', width: 8, align: 'right', cell: ({ longest_ms }) => formatDuration(longest_ms) },
      { title: '', width: barWidth, cell: ({ total_ms }) => ({ drawn: bar(theme, total_ms / all, barWidth) }) },
    ],
    stages,
    width,
  )
}
