import { formatUsd } from '../domain/budget.ts'
import { type Html, html } from '../util/html.ts'
import { formatDuration } from '../util/quantity.ts'
import { columns } from './charts.ts'
import type { Difficulty } from './difficulty.ts'
import type { ReportFacts, SolverFacts } from './facts.ts'
import { section, titled } from './section.ts'
import { type Column, sortedTable } from './table.ts'
import { counted, percent, shown, whole } from './words.ts'

/** Null before the first rollout is graded. */
export function rolloutSection({ difficulties, solvers }: ReportFacts): Html | null {
  if (difficulties.length === 0) return null
  const note = 'How hard the instances are: by the share of graded tries that resolved them, for each solver apart.'
  return section('Rollouts', note, [
    ...difficulties.map(histogram),
    titled('Solvers', sortedTable(solvers, solverColumns)),
  ])
}

function histogram({ solver, instances, tried, resolved, bins }: Difficulty): Html {
  const rows = bins.map(({ name, instances: value }) => ({ name, value }))
  return html`<figure><h3>${shown(solver)}</h3>${columns(rows)}
<p class="note">${counted(instances, 'instance')}, ${counted(tried, 'graded rollout')}, ${percent(resolved / tried)} resolved</p></figure>\n`
}

const solverColumns: readonly Column<SolverFacts>[] = [
  { title: 'solver', kind: 'text', cell: ({ solver }) => solver },
  { title: 'graded', cell: ({ rollouts }) => whole(rollouts), key: ({ rollouts }) => rollouts },
  { title: 'pass@1', cell: (row) => percent(passAt1(row)), key: passAt1 },
  { title: 'steps', cell: ({ spread }) => whole(spread.steps.median), key: ({ spread }) => spread.steps.median },
  {
    title: 'time',
    cell: ({ spread }) => formatDuration(spread.durationMs.median),
    key: ({ spread }) => spread.durationMs.median,
  },
  { title: 'kept', cell: ({ kept }) => whole(kept), key: ({ kept }) => kept },
  { title: 'cost', cell: ({ costUsd }) => formatUsd(costUsd), key: ({ costUsd }) => costUsd },
  {
    title: 'a kept one',
    cell: ({ costPerKeptUsd: cost }) => (cost === null ? '–' : formatUsd(cost)),
    key: ({ costPerKeptUsd: cost }) => cost ?? -1,
  },
]

function passAt1({ passAtK }: SolverFacts): number {
  return passAtK.find(({ k }) => k === 1)?.share ?? 0
}
