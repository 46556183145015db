import { oneLine, slice } from './cell.ts'
import type { Theme } from './theme.ts'

/** A text as lines of at most `width` cells, nothing of it obeyed by a terminal. */
export function wrapLines(theme: Theme, text: string, width: number): readonly string[] {
  return text
    .split('\n')
    .flatMap((line) => pieces(oneLine(theme, line.replace(/\r$/, '').replaceAll('\t', '    '), line.length), width))
}

/** What programs print, as it stands in a terminal: without colours, and without what a bar of progress wrote over. */
export function asPrinted(text: string): string {
  return text
    .replace(coloursAndErasures, '')
    .split('\n')
    .map((line) => (line.includes('\r') ? (line.split('\r').findLast((part) => part !== '') ?? '') : line))
    .join('\n')
}

const coloursAndErasures = /\u001b\[[\d;]*[mK]/g

/** One character may be many code units, and rarely are so many of them a line. */
const unitsACell = 16

function pieces(line: string, width: number): string[] {
  const found: string[] = []
  let rest = line
  while (rest.length > width / 2) {
    // Only so much is looked at: looking at all of a long line for each piece takes the square of its length.
    const piece = slice(rest.slice(0, unitsACell * width), 0, width)
    if (piece === '' || piece.length === rest.length) break
    found.push(piece)
    rest = rest.slice(piece.length)
  }
  return rest === '' && found.length > 0 ? found : [...found, rest]
}
