import type { Snapshot } from '../../src/control/snapshot.ts'
import { bar, fit, oneLine } from '../cell.ts'
import { type Column, type Layout, place } from '../columns.ts'
import { age, count, percent, roughlyPerHour } from '../figures.ts'
import type { Style, Theme } from '../theme.ts'
import type { ListView } from '../view.ts'

export type NodeLine = Snapshot['nodes'][number]

const byName = new Intl.Collator('en', { numeric: true }).compare

/** What nodes can be sorted by. */
const nodeOrders: readonly {
  readonly name: string
  readonly compare: (a: NodeLine, b: NodeLine) => number
}[] = [
  { name: 'name', compare: () => 0 },
  { name: 'state', compare: (a, b) => rank(a) - rank(b) },
  { name: 'load', compare: (a, b) => loadOf(b) - loadOf(a) },
  { name: 'accepted', compare: (a, b) => b.accepted - a.accepted },
  { name: 'faults', compare: (a, b) => b.faulted - a.faulted },
]

/** The worst first. */
const states: readonly NodeLine['state'][] = ['lost', 'aside', 'silent', 'starting', 'draining', 'up', 'stopped']

const rank = ({ state }: NodeLine) => states.indexOf(state)

const loadOf = ({ facts }: NodeLine) => (facts === null ? 0 : facts.load / facts.cpus)

export function nodeOrder({ order }: Pick<ListView, 'order'>) {
  return nodeOrders[order % nodeOrders.length] ?? { name: 'name', compare: () => 0 }
}

/** The nodes that the filter leaves, in their order. */
export function nodeLines({ nodes }: Snapshot, list: Pick<ListView, 'filter' | 'order'>): readonly NodeLine[] {
  const wanted = list.filter.toLowerCase()
  const { compare } = nodeOrder(list)
  return nodes
    .filter(({ node, state, trouble }) => `${node} ${state} ${trouble ?? ''}`.toLowerCase().includes(wanted))
    .toSorted((a, b) => compare(a, b) || byName(a.node, b.node))
}

const styles: Readonly<Record<NodeLine['state'], Style>> = {
  starting: 'faint',
  up: 'plain',
  draining: 'strong',
  silent: 'fault',
  lost: 'fault',
  aside: 'fault',
  stopped: 'faint',
}

const barWidth = 6
const slotsWidth = barWidth + 6

export interface NodeTable {
  readonly snapshot: Snapshot
  readonly rows: readonly NodeLine[]
  readonly width: number
  readonly nowMs: number
}

export function nodeLayout(theme: Theme, { snapshot, rows, width, nowMs }: NodeTable): Layout<NodeLine> {
  const longest = Math.max(10, ...rows.map(({ node }) => node.length))
  const good = snapshot.kind === 'synthesis' ? 'ACCEPT' : 'SOLVED'
  const columns: readonly Column<NodeLine>[] = [
    { title: 'NODE', width: { least: 10, most: Math.min(30, longest) }, cell: ({ node }) => oneLine(theme, node) },
    { title: 'STATE', width: 8, cell: ({ state }) => ({ text: state, style: styles[state] }) },
    { title: 'SLOTS', width: slotsWidth, cell: (row) => ({ drawn: slots(theme, row) }) },
    number('LOAD', 5, ({ facts }) => facts && share(facts.load, facts.cpus)),
    number('MEM', 5, ({ facts }) => facts && share(facts.memoryBytes - facts.freeMemoryBytes, facts.memoryBytes)),
    number('DISK', 5, ({ facts }) => facts && share(facts.diskBytes - facts.freeDiskBytes, facts.diskBytes)),
    number('/H', 5, (row) => (row.settled === 0 ? null : roughlyPerHour(row.settled, snapshot.elapsedMs))),
    number(good, 6, (row) => count(row.accepted)),
    {
      title: 'FAULTS',
      width: 6,
      align: 'right',
      cell: ({ faulted }) => (faulted === 0 ? '' : { text: count(faulted), style: 'fault' }),
    },
    number('HEARD', 6, ({ heardAtMs }) => heardAtMs && heardText(nowMs - heardAtMs)),
    { title: 'NOTE', width: { least: 12 }, dropped: 1, cell: (row) => ({ text: note(theme, row), style: 'faint' }) },
  ]
  return place(columns, width)
}

function number(title: string, width: number, text: (row: NodeLine) => string | number | null): Column<NodeLine> {
  return { title, width, align: 'right', cell: (row) => String(text(row) ?? '') }
}

/** Nodes tell of themselves every ten seconds. Of one that does, nothing is to be said. */
const lateMs = 15_000

function heardText(agoMs: number): string {
  return agoMs < lateMs ? 'now' : age(agoMs)
}

function share(part: number, whole: number): string {
  return percent(part, whole).replace(' ', '')
}

function slots(theme: Theme, { slots, running }: NodeLine): string {
  const figures = fit(theme, slots === 0 ? '' : `${running}/${slots}`, slotsWidth - barWidth - 1, 'right')
  return `${slots === 0 ? ' '.repeat(barWidth) : bar(theme, running / slots, barWidth)} ${figures}`
}

/** Why it is not up, or starts nothing; of one that is well, nothing. */
export function note(theme: Theme, { trouble, facts }: NodeLine): string {
  return oneLine(theme, trouble ?? facts?.waitingFor ?? '')
}
