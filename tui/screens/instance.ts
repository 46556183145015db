import type { AttemptDetail, StageLine, TestLine } from '../../src/control/snapshot-detail.ts'
import { formatUsd } from '../../src/domain/budget.ts'
import { formatDuration } from '../../src/util/quantity.ts'
import { bar, fit, oneLine } from '../cell.ts'
import { type Column, place, rowLine, titleLine } from '../columns.ts'
import { age } from '../figures.ts'
import type { Style, Theme } from '../theme.ts'
import { wrapLines } from '../wrap.ts'
import { standing, standingStyle } from './instances.ts'

/** The facts of an attempt: how it stands and why, what it met, and what took how long. */
export function factLines(theme: Theme, detail: AttemptDetail, width: number, nowMs: number): readonly string[] {
  return [
    standingLine(theme, detail, nowMs),
    ...explanationLines(theme, detail, width),
    ...faultLines(theme, detail, width),
    ...below(iterationLines(theme, detail, width)),
    ...below(stageLines(theme, detail, width)),
  ]
}

const below = (lines: readonly string[]) => (lines.length === 0 ? [] : ['', ...lines])

function standingLine(theme: Theme, { line }: AttemptDetail, nowMs: number): string {
  const parts = [
    theme.style(standingStyle(line), [standing(line), ...(line.reason === null ? [] : [line.reason])].join(' ')),
    line.node === null ? null : `on ${oneLine(theme, line.node)}`,
    line.granted_at_ms === null ? null : `for ${age(nowMs - line.granted_at_ms)}`,
    line.worked_ms === 0 ? null : `${age(line.worked_ms)} of work`,
    line.cost_usd === 0 ? null : formatUsd(line.cost_usd),
  ]
  return ` ${parts.filter((part) => part !== null).join('   ')}`
}

const shownExplanationLines = 6

function explanationLines(theme: Theme, { explanation }: AttemptDetail, width: number): string[] {
  if (explanation === null) return []
  const lines = wrapLines(theme, explanation.trim(), width - 2)
  const more = lines.length > shownExplanationLines ? [theme.style('faint', ` ${theme.glyphs.ellipsis}`)] : []
  return ['', ...lines.slice(0, shownExplanationLines).map((line) => ` ${line}`), ...more]
}

function faultLines(theme: Theme, { faults }: AttemptDetail, width: number): string[] {
  const lines = faults.map(({ kind, node, message }) => {
    const words = oneLine(theme, `on ${node}: ${message}`)
    return ` ${theme.style('fault', kind)} ${fit(theme, words, width - kind.length - 3).trimEnd()}`
  })
  return lines.length === 0 ? [] : ['', ...lines]
}

function iterationLines(theme: Theme, { iterations, line }: AttemptDetail, width: number): string[] {
  if (line.kind === 'rollout') return []
  if (iterations.length === 0) return [theme.style('faint', ' No iteration has ended yet.')]
  const columns: readonly Column<AttemptDetail['iterations'][number]>[] = [
    { title: 'ITERATION', width: 9, align: 'right', cell: ({ number }) => String(number) },
    { title: 'BY', width: 6, cell: ({ author }) => author },
    { title: 'ENDED', width: 18, cell: ({ kind }) => kind },
    { title: 'TIME', width: 7, align: 'right', cell: ({ durationMs }) => formatDuration(durationMs) },
    { title: 'WHY', width: { least: 20 }, cell: (row) => oneLine(theme, row.explanation.trim().split('\n')[0] ?? '') },
  ]
  const layout = place(columns, width)
  return [titleLine(theme, layout), ...iterations.map((row) => rowLine(theme, layout, row))]
}

function stageLines(theme: Theme, { stages, line }: AttemptDetail, width: number): string[] {
  if (stages.length === 0) return []
  const finished = stages.map(({ durationMs }) => durationMs ?? 0)
  const longest = Math.max(1, ...finished)
  const barWidth = Math.min(60, Math.max(12, width - 40))
  const columns: readonly Column<StageLine>[] = [
    {
      title: line.kind === 'rollout' ? 'STEP' : 'ITERATION',
      width: 9,
      align: 'right',
      cell: ({ iteration }) => String(iteration),
    },
    { title: 'STAGE', width: 11, cell: ({ stage }) => stage },
    {
      title: 'TIME',
      width: 7,
      align: 'right',
      cell: (row) => (row.durationMs === null ? { text: 'now', style: 'accent' } : formatDuration(row.durationMs)),
    },
    {
      title: '',
      width: barWidth,
      cell: ({ durationMs }) => ({ drawn: bar(theme, (durationMs ?? 0) / longest, barWidth) }),
    },
  ]
  const layout = place(columns, width)
  return [titleLine(theme, layout), ...stages.map((row) => rowLine(theme, layout, row))]
}

const outcomeStyle = (outcome: TestLine['before']): Style =>
  outcome === null ? 'faint' : outcome === 'passed' ? 'accent' : 'plain'

/** Each test under both patches, those that the fix turns first. */
export function testLines(theme: Theme, { tests }: AttemptDetail, width: number): readonly string[] {
  if (tests.length === 0) return [theme.style('faint', ' No tests have run yet, or none left a report.')]
  const order = ['FAIL_TO_PASS', 'flaky', null, 'PASS_TO_PASS']
  const rows = tests.toSorted((a, b) => order.indexOf(a.list) - order.indexOf(b.list) || (a.name < b.name ? -1 : 1))
  const columns: readonly Column<TestLine>[] = [
    {
      title: 'WITHOUT',
      width: 8,
      cell: ({ before }) => ({ text: before ?? theme.glyphs.dash, style: outcomeStyle(before) }),
    },
    {
      title: 'WITH FIX',
      width: 8,
      cell: ({ after }) => ({ text: after ?? theme.glyphs.dash, style: outcomeStyle(after) }),
    },
    { title: 'LIST', width: 12, cell: ({ list }) => list ?? '' },
    { title: 'TEST', width: { least: 20 }, cell: ({ name }) => oneLine(theme, name) },
  ]
  const layout = place(columns, width)
  return [titleLine(theme, layout), ...rows.map((row) => rowLine(theme, layout, row))]
}
