import { type Colour, inColour } from './colour.ts'
import type { Terminal } from './terminal.ts'

/** Rows as aligned columns, two spaces apart; cells are plain text of one line. */
export function table(rows: readonly (readonly string[])[]): string {
  return aligned(rows)
    .map((line) => `${line}\n`)
    .join('')
}

export interface TableRow {
  readonly cells: readonly string[]
  /** Of the whole row; absent where it has none. */
  readonly colour?: Colour | undefined
  /** Lines of their own below the row, which align with nothing. */
  readonly below?: readonly string[]
}

/** The same where rows have colours, or lines below them. */
export function colouredTable(terminal: Terminal, rows: readonly TableRow[]): string {
  const lines = aligned(rows.map(({ cells }) => cells))
  return rows
    .flatMap(({ colour, below = [] }, index) => {
      const line = lines[index] ?? ''
      return [colour === undefined ? line : inColour(terminal, colour, line), ...below]
    })
    .map((line) => `${line}\n`)
    .join('')
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, Bun.stringWidth(cell))
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - Bun.stringWidth(cell)))
      .join('  ')
      .trimEnd(),
  )
}
