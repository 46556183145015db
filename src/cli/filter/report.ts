import type { Filter, Funnel } from '../../collect/filter.ts'
import type { LeftOut } from '../../collect/filter-run.ts'
import { describeProblem } from '../../input/problem.ts'
import { printable } from '../../util/printable.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

const rowsPerProgress = 50_000
/** Broken rows listed on stderr; `--dropped` lists all. */
const listedRows = 20

/** Everything that `filter` says on stderr: broken rows, progress, and at the end the funnel. */
export class FilterReport {
  readonly #terminal: Terminal
  readonly #filter: Filter
  readonly #options: { readonly isJson: boolean; readonly allListed: boolean }
  #rows = 0
  #broken = 0

  constructor(terminal: Terminal, filter: Filter, options: { readonly isJson: boolean; readonly allListed: boolean }) {
    this.#terminal = terminal
    this.#filter = filter
    this.#options = options
  }

  /** Call for each row. */
  row(): void {
    this.#rows += 1
    if (this.#rows % rowsPerProgress !== 0) return
    const { rows, kept } = this.#filter.funnel()
    if (this.#options.isJson) this.#line({ event: 'progress', at_ms: Date.now(), rows, kept })
    else this.#terminal.err(`${rows} rows read, ${kept} kept\n`)
  }

  broken(row: Extract<LeftOut, { readonly kind: 'broken' }>): void {
    this.#broken += 1
    const { file, line, code, message, instance_id } = row
    if (this.#options.isJson) this.#line({ event: 'broken', file, line, code, message, instance_id })
    else if (this.#broken <= listedRows)
      this.#terminal.err(`${printable(describeProblem(file, { severity: 'error', line, code, message }))}\n`)
  }

  end(): void {
    const funnel = this.#filter.funnel()
    if (this.#options.isJson) this.#line({ event: 'done', at_ms: Date.now(), ...funnelFields(funnel) })
    else this.#terminal.err(this.#unlisted() + funnelTable(funnel))
  }

  #unlisted(): string {
    const count = this.#broken - listedRows
    return count > 0
      ? `${count} more broken rows (${this.#options.allListed ? 'see --dropped' : '--dropped FILE lists all'})\n`
      : ''
  }

  #line(value: object): void {
    this.#terminal.err(`${JSON.stringify(value)}\n`)
  }
}

function funnelFields({ rows, broken, stages, kept }: Funnel): object {
  return {
    rows,
    broken,
    kept,
    stages: stages.map(({ rule, dropped, notSaid }) => ({ rule, dropped, not_said: notSaid })),
  }
}

function funnelTable({ rows, broken, stages, kept }: Funnel): string {
  const numbers = [
    ['rows', '', String(rows), ''],
    ...(broken > 0 ? [['broken', String(broken), String(rows - broken), '']] : []),
    ...stages.map(({ rule, dropped, left, notSaid }) => [
      rule,
      String(dropped),
      String(left),
      notSaid ? String(notSaid) : '',
    ]),
    ['kept', '', String(kept), ''],
  ]
  const heads = ['rule', 'dropped', 'left', 'not said']
  const widths = heads.map((head, column) => Math.max(head.length, ...numbers.map((row) => (row[column] ?? '').length)))
  const aligned = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell : cell.padStart(widths[column] ?? 0)))
  return table([heads, ...numbers].map(aligned))
}
