import { fit, widthOf } from './cell.ts'
import type { Style, Theme } from './theme.ts'

/** What stands in a cell: text of one line, made printable; `drawn` is as wide as its column already. */
export type Cell = string | { readonly text: string; readonly style: Style } | { readonly drawn: string }

export interface Column<Row> {
  readonly title: string
  /** In cells; of what the others leave, a column takes at least `least`, first of all `enough`, and no more than `most`. */
  readonly width: number | { readonly least: number; readonly enough?: number; readonly most?: number }
  readonly align?: 'left' | 'right'
  /** Of columns that do not fit together, the highest goes first; those without one stay. */
  readonly dropped?: number
  cell(row: Row): Cell
}

/** The columns that fit on a terminal, with their widths. */
export interface Layout<Row> {
  readonly columns: readonly (Column<Row> & { readonly cells: number })[]
  readonly gap: string
  readonly width: number
}

export function place<Row>(columns: readonly Column<Row>[], width: number): Layout<Row> {
  let shown = columns
  for (;;) {
    const gap = leastWidth(shown, '  ') <= width ? '  ' : ' '
    const spare = width - leastWidth(shown, gap)
    const last = Math.max(0, ...shown.map(({ dropped = 0 }) => dropped))
    if (spare >= 0 || last === 0) return { columns: widened(shown, spare), gap, width }
    shown = shown.filter(({ dropped = 0 }) => dropped !== last)
  }
}

function leastWidth<Row>(columns: readonly Column<Row>[], gap: string): number {
  return columns.reduce((sum, column) => sum + gap.length + leastOf(column), 1 - gap.length)
}

function leastOf({ width }: Pick<Column<never>, 'width'>): number {
  return typeof width === 'number' ? width : width.least
}

/** What is enough goes first, in the order of the columns; then those that want so much and no more. */
function widened<Row>(columns: readonly Column<Row>[], spare: number): Layout<Row>['columns'] {
  let rest = Math.max(0, spare)
  const cells = new Map(columns.map((column) => [column, leastOf(column)]))
  const widen = (column: Column<Row>, to: number) => {
    const now = cells.get(column) ?? 0
    const more = Math.max(0, Math.min(rest, to - now))
    cells.set(column, now + more)
    rest -= more
  }
  const most = ({ width }: Column<Row>) =>
    typeof width === 'number' ? width : (width.most ?? Number.POSITIVE_INFINITY)
  for (const column of columns) if (typeof column.width !== 'number') widen(column, column.width.enough ?? 0)
  for (const column of columns.toSorted((a, b) => most(a) - most(b))) widen(column, most(column))
  return columns.map((column) => ({ ...column, cells: cells.get(column) ?? leastOf(column) }))
}

export function titleLine<Row>(theme: Theme, { columns, gap, width }: Layout<Row>): string {
  const cells = columns.map(({ title, cells, align }) => fit(theme, title, cells, align))
  return theme.style('faint', fit(theme, ` ${cells.join(gap)}`, width).trimEnd())
}

export function rowLine<Row>(theme: Theme, { columns, gap, width }: Layout<Row>, row: Row, isSelected = false): string {
  const cells = columns.map((column, index) => {
    const isLast = index === columns.length - 1
    return cellText(theme, column, column.cell(row), isSelected, isLast)
  })
  const line = ` ${cells.join(gap)}`
  if (!isSelected) return line.trimEnd()
  return theme.style('selected', line + ' '.repeat(Math.max(0, width - widthOf(line))))
}

/** In a row that is selected all is set off alike. */
function cellText<Row>(
  theme: Theme,
  { cells, align }: Layout<Row>['columns'][number],
  cell: Cell,
  isSelected: boolean,
  isLast: boolean,
): string {
  if (typeof cell === 'string') return fit(theme, cell, cells, align)
  if ('drawn' in cell) return isSelected ? Bun.stripANSI(cell.drawn) : cell.drawn
  const text = isLast ? fit(theme, cell.text, cells, align).trimEnd() : fit(theme, cell.text, cells, align)
  return isSelected ? text : theme.style(cell.style, text)
}
