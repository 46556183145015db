import type { Snapshot } from '../../src/control/snapshot.ts'
import { type AttemptLine, type AttemptQuery, orders } from '../../src/control/snapshot-reader.ts'
import { formatUsd } from '../../src/domain/budget.ts'
import { oneLine } from '../cell.ts'
import { type Column, type Layout, place } from '../columns.ts'
import { age } from '../figures.ts'
import type { Style, Theme } from '../theme.ts'
import type { ListView } from '../view.ts'

/** `a__a-1`, of a rollout `a__a-1#2`. */
export function nameOf({ instance_id, number }: Pick<AttemptLine, 'instance_id' | 'number'>): string {
  return number === 0 ? instance_id : `${instance_id}#${number}`
}

/** How far it is, in one word: what it ended in, or its state. */
export function standing({ state, outcome }: Pick<AttemptLine, 'state' | 'outcome'>): string {
  return outcome ?? (state === 'leased' ? 'waiting' : state)
}

export function standingStyle(line: Pick<AttemptLine, 'state' | 'outcome'>): Style {
  if (line.state === 'faulted') return 'fault'
  if (line.state === 'queued' || line.state === 'spared') return 'faint'
  return line.outcome === 'accepted' || line.outcome === 'resolved' ? 'accent' : 'plain'
}

export function attemptOrder({ order }: Pick<ListView, 'order'>): AttemptQuery['order'] {
  return orders[order % orders.length] ?? 'activity'
}

export interface InstanceTable extends Pick<Snapshot, 'kind' | 'spentUsd'> {
  readonly width: number
  readonly nowMs: number
}

export function instanceLayout(theme: Theme, { kind, spentUsd, width, nowMs }: InstanceTable): Layout<AttemptLine> {
  const columns: readonly Column<AttemptLine>[] = [
    { title: 'INSTANCE', width: { least: 24, enough: 40 }, cell: (line) => oneLine(theme, nameOf(line)) },
    { title: 'STATE', width: 10, cell: (line) => ({ text: standing(line), style: standingStyle(line) }) },
    { title: 'STAGE, WHY', width: { least: 12, most: 30 }, cell: (line) => line.stage ?? line.reason ?? '' },
    { title: 'NODE', width: { least: 8, most: 20 }, cell: ({ node }) => oneLine(theme, node ?? '') },
    {
      title: kind === 'rollout' ? 'STEP' : 'ITER',
      width: 4,
      align: 'right',
      cell: ({ iteration }) => String(iteration ?? ''),
    },
    { title: 'TIME', width: 6, align: 'right', cell: (line) => timeOf(line, nowMs) },
  ]
  const cost: Column<AttemptLine> = {
    title: 'COST',
    width: 7,
    align: 'right',
    cell: ({ cost_usd }) => (cost_usd === 0 ? '' : formatUsd(cost_usd)),
  }
  return place(spentUsd === null ? columns : [...columns, cost], width)
}

/** Since it was taken; of what ended, what its stages took. */
function timeOf({ granted_at_ms, worked_ms }: AttemptLine, nowMs: number): string {
  if (granted_at_ms !== null) return age(nowMs - granted_at_ms)
  return worked_ms === 0 ? '' : age(worked_ms)
}
