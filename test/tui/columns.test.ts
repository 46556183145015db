import { expect, test } from 'bun:test'
import { type Column, place, rowLine, titleLine } from '../../tui/columns.ts'
import { plainTheme } from '../support/run-screen.ts'

interface Row {
  readonly name: string
  readonly size: number
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', width: { least: 6, most: 10 }, cell: ({ name }) => name },
  { title: 'SIZE', width: 4, align: 'right', cell: ({ size }) => String(size) },
  { title: 'NOTE', width: { least: 8 }, dropped: 1, cell: () => ({ text: 'some note', style: 'faint' }) },
]
const row = { name: 'a-long-name', size: 7 }
const linesAt = (width: number) => {
  const layout = place(columns, width)
  return [titleLine(plainTheme, layout), rowLine(plainTheme, layout, row)].map((line) => Bun.stripANSI(line))
}

test('columns take what there is, close up where it is scarce, and then go', () => {
  expect(linesAt(40)).toEqual([' NAME        SIZE  NOTE', ' a-long-na…     7  some note'])
  expect(linesAt(21)).toEqual([' NAME   SIZE NOTE', ' a-lon…    7 some no…'])
  expect(linesAt(20)).toEqual([' NAME        SIZE', ' a-long-na…     7'])
})

test('what is enough for one column comes before what others would like', () => {
  const [name, ...others] = columns
  if (name === undefined) throw new Error('no column')
  const keen = [{ ...name, width: { least: 6 } }, ...others]
  const cellsAt = (of: readonly Column<Row>[]) => place(of, 36).columns.map(({ cells }) => cells)
  expect(cellsAt(keen)).toEqual([19, 4, 8])
  expect(cellsAt([...others, { ...name, width: { least: 6, enough: 12 } }])).toEqual([4, 15, 12])
})

test('what is selected is set off from edge to edge, and what is not ends with its text', () => {
  const layout = place(columns, 40)
  const selected = rowLine(plainTheme, layout, row, true)
  expect(selected).toStartWith('\u001b[7m a-long-na…')
  expect(Bun.stringWidth(selected)).toBe(40)
})
