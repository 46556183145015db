import type { OutcomeCount, Snapshot } from '../../src/control/snapshot.ts'
import { bar } from '../cell.ts'
import { type Layout, place } from '../columns.ts'
import { count, percent } from '../figures.ts'
import type { Theme } from '../theme.ts'

const good: ReadonlySet<OutcomeCount['outcome']> = new Set(['accepted', 'resolved', 'spared'])

/** What did not come to anything, by what and why; the most frequent first. */
export function failureLines({ outcomes }: Snapshot): readonly OutcomeCount[] {
  return outcomes.filter(({ outcome }) => !good.has(outcome)).toSorted((a, b) => b.count - a.count)
}

export function failureLayout(theme: Theme, snapshot: Snapshot, width: number): Layout<OutcomeCount> {
  const ended = snapshot.outcomes.reduce((sum, row) => sum + row.count, 0)
  const most = Math.max(1, ...failureLines(snapshot).map((row) => row.count))
  const barWidth = Math.min(40, Math.max(12, width - 66))
  return place(
    [
      { title: 'COUNT', width: 8, align: 'right', cell: (row) => count(row.count) },
      { title: 'OF ALL', width: 6, align: 'right', cell: (row) => percent(row.count, ended) },
      { title: '', width: barWidth, cell: (row) => ({ drawn: bar(theme, row.count / most, barWidth) }) },
      {
        title: 'OUTCOME',
        width: 11,
        cell: ({ outcome }) => ({ text: outcome, style: outcome === 'faulted' ? 'fault' : 'plain' }),
      },
      { title: 'REASON', width: { least: 20 }, cell: ({ reason }) => reason ?? '' },
    ],
    width,
  )
}
