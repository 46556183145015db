import { formatUsd } from '../domain/budget.ts'
import type { InstanceRow, ReportRun } from '../store/report-rows.ts'
import { type Html, html } from '../util/html.ts'
import { formatDuration } from '../util/quantity.ts'
import { bars } from './charts.ts'
import type { ReportFacts } from './facts.ts'
import type { ReasonCount } from './reasons.ts'
import { section, titled } from './section.ts'
import { type Column, sortedTable } from './table.ts'
import { moment, percent, shown, whole } from './words.ts'
import { acceptedShare, type Yield } from './yield.ts'

export function funnelSection({ funnel, overall }: ReportFacts): Html {
  const rows = funnel.map(({ name, instances }) => ({
    name,
    length: share(instances, overall.instances),
    value: whole(instances),
    remark: percent(share(instances, overall.instances)),
  }))
  return section('Funnel', 'Instances that came so far, and their share of all.', [bars(rows)])
}

export function reasonsSection({ reasons }: ReportFacts): Html | null {
  if (reasons.length === 0) return null
  const total = reasons.reduce((sum, { instances }) => sum + instances, 0)
  const most = Math.max(...reasons.map(({ instances }) => instances))
  const rows = reasons.map((row) => ({
    name: row.outcome === row.reason ? row.reason : `${row.reason}${row.outcome === 'faulted' ? ' (fault)' : ''}`,
    length: row.instances / most,
    value: whole(row.instances),
    remark: percent(row.instances / total),
    more: examplesOf(row),
  }))
  const note = 'Why instances were not accepted. A fault is one of the machinery: the instance can be tried again.'
  return section('Reasons', note, [bars(rows)])
}

function examplesOf({ examples }: ReasonCount): Html {
  return html`<dl class="examples">${examples.map(
    ({ instance_id, explanation }) =>
      html`<dt>${shown(instance_id)}</dt><dd>${shown(explanation ?? 'nothing was said', 300)}</dd>`,
  )}</dl>`
}

export function yieldSection({ authors, repos, overall }: ReportFacts): Html | null {
  if (repos.length === 0) return null
  const columns = yieldColumns(overall)
  const note = 'What came of the instances of each author and repository; accepted are counted of those with a verdict.'
  return section('Yield', note, [
    titled(
      'By author',
      sortedTable(authors, [{ title: 'author', kind: 'word', cell: ({ name }) => name }, ...columns]),
    ),
    titled(
      'By repository',
      sortedTable(repos, [{ title: 'repository', kind: 'text', cell: ({ name }) => name }, ...columns]),
    ),
  ])
}

/** Without those in which every row would say nothing. */
function yieldColumns({ unsolvable, faulted, open, costUsd }: Yield): Column<Yield>[] {
  const columns: (Column<Yield> | false)[] = [
    { title: 'instances', ...count(({ instances }) => instances) },
    { title: 'accepted', ...count(({ accepted }) => accepted) },
    { title: 'share', cell: shareOf, key: (row) => acceptedShare(row) ?? -1 },
    { title: 'rejected', ...count(({ rejected }) => rejected) },
    unsolvable > 0 && { title: 'unsolvable', ...count((row) => row.unsolvable) },
    faulted > 0 && { title: 'faulted', ...count((row) => row.faulted) },
    open > 0 && { title: 'open', ...count((row) => row.open) },
    costUsd > 0 && { title: 'cost', cell: (row) => formatUsd(row.costUsd), key: (row) => row.costUsd },
    costUsd > 0 && {
      title: 'per accepted',
      cell: ({ costPerAcceptedUsd: cost }) => (cost === null ? '–' : formatUsd(cost)),
      key: ({ costPerAcceptedUsd: cost }) => cost ?? -1,
    },
  ]
  return columns.filter((column) => column !== false)
}

function count(of: (row: Yield) => number): Pick<Column<Yield>, 'cell' | 'key'> {
  return { cell: (row) => whole(of(row)), key: of }
}

function shareOf(row: Yield): string {
  const accepted = acceptedShare(row)
  return accepted === null ? '–' : percent(accepted)
}

export function instancesSection({ slowest, dearest }: ReportFacts): Html | null {
  if (slowest.length === 0 && dearest.length === 0) return null
  const hasCosts = dearest.length > 0
  return section('Outliers', 'The instances that took most, over all their stages and iterations.', [
    ...(slowest.length === 0 ? [] : [titled('Slowest', sortedTable(slowest, instanceColumns(hasCosts)))]),
    ...(hasCosts ? [titled('Dearest', sortedTable(dearest, instanceColumns(hasCosts)))] : []),
  ])
}

function instanceColumns(hasCosts: boolean): Column<InstanceRow>[] {
  return [
    { title: 'instance', kind: 'text', cell: ({ instance_id }) => instance_id },
    { title: 'outcome', kind: 'word', cell: ({ outcome, state }) => outcome ?? state },
    { title: 'reason', kind: 'word', cell: ({ reason }) => reason ?? '' },
    { title: 'author', kind: 'word', cell: ({ author }) => author },
    { title: 'iterations', cell: ({ iterations }) => whole(iterations) },
    { title: 'time', cell: ({ duration_ms }) => formatDuration(duration_ms), key: ({ duration_ms }) => duration_ms },
    ...(hasCosts ? [{ title: 'cost', cell: ({ cost_usd }: InstanceRow) => formatUsd(cost_usd), key: costOf }] : []),
  ]
}

function costOf({ cost_usd }: InstanceRow): number {
  return cost_usd
}

export function runsSection({ runs }: ReportFacts): Html | null {
  if (runs.length === 0) return null
  const columns: Column<ReportRun>[] = [
    { title: 'began', kind: 'word', cell: ({ started_at_ms }) => moment(started_at_ms) },
    { title: 'made', kind: 'word', cell: ({ author }) => (author === null ? 'rollouts' : `environments, ${author}`) },
    { title: 'state', kind: 'word', cell: ({ state }) => state },
    { title: 'lasted', cell: (run) => formatDuration(lastedMs(run)), key: lastedMs },
    { title: 'attempts', cell: ({ attempts }) => whole(attempts), key: ({ attempts }) => attempts },
    { title: 'cost', cell: ({ spent_usd }) => formatUsd(spent_usd), key: ({ spent_usd }) => spent_usd },
    { title: 'version', kind: 'word', cell: ({ version }) => version },
  ]
  const note =
    'An attempt is counted under the last run that took it up; a run without an end lasted up to its last sign.'
  return section('Runs', note, [sortedTable(runs, columns)])
}

function lastedMs({ state, started_at_ms, ended_at_ms, last_ms }: ReportRun): number {
  return (state === 'ended' ? (ended_at_ms ?? last_ms) : last_ms) - started_at_ms
}

function share(part: number, of: number): number {
  return of === 0 ? 0 : part / of
}
