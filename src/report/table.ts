import { type Html, html } from '../util/html.ts'
import { shown } from './words.ts'

/** A column of a table, of rows of one kind. */
export interface Column<Row> {
  readonly title: string
  /** Texts of any length stand on the left and may break; words stand on the left; numbers, if it is absent, on the right. */
  readonly kind?: 'text' | 'word'
  /** What is shown. */
  readonly cell: (row: Row) => string
  /** What the rows are sorted by, where it is not what is shown. */
  readonly key?: (row: Row) => number
}

/** More would make the page slow; the rest is counted below the table. */
const mostRows = 1000

/** A table that a reader can sort by each column. */
export function sortedTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Html {
  const more = rows.length - mostRows
  return html`<div class="scroll" tabindex="0"><table>
<thead><tr>${columns.map(headOf)}</tr></thead>
<tbody>
${rows.slice(0, mostRows).map((row) => html`<tr>${columns.map((column) => cellOf(column, row))}</tr>\n`)}</tbody>
</table>${more > 0 ? html`<p class="note">and ${more} more</p>` : ''}</div>`
}

function headOf<Row>({ title, kind }: Column<Row>): Html {
  return kind === undefined ? html`<th scope="col">${title}</th>` : html`<th scope="col" class="text">${title}</th>`
}

function cellOf<Row>({ kind, cell, key }: Column<Row>, row: Row): Html {
  const content = shown(cell(row))
  if (kind !== undefined) return html`<td class="${kind}">${content}</td>`
  return key === undefined ? html`<td>${content}</td>` : html`<td data-key="${key(row)}">${content}</td>`
}
