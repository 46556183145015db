import { fit, widthOf } from './cell.ts'
import type { Theme } from './theme.ts'

export interface FrameSize {
  readonly columns: number
  readonly rows: number
}

/** Below it nothing could be read. */
const leastSize: FrameSize = { columns: 80, rows: 24 }

export function isTooSmall({ columns, rows }: FrameSize): boolean {
  return columns < leastSize.columns || rows < leastSize.rows
}

/** All that is shown of a screen that is too small. */
export function tooSmall(theme: Theme, { columns, rows }: FrameSize): readonly string[] {
  const words = `${columns}x${rows}: ${leastSize.columns}x${leastSize.rows} is needed`
  return filled([fit(theme, words, columns).trimEnd()], rows)
}

/** Exactly `rows` lines. */
export function filled(lines: readonly string[], rows: number): readonly string[] {
  return [...lines.slice(0, rows), ...Array.from({ length: Math.max(0, rows - lines.length) }, () => '')]
}

/** Parts of a line with a space before it, as many as fit, most important first; each comes with how it is drawn. */
export function joined(parts: readonly (readonly [text: string, drawn: string])[], width: number, gap = '   '): string {
  let [line, used] = [' ', 1]
  for (const [text, drawn] of parts) {
    const space = used === 1 ? '' : gap
    const cells = space.length + widthOf(text)
    if (used + cells > width) break
    line += space + drawn
    used += cells
  }
  return line
}
