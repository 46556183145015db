import { printable } from '../src/util/printable.ts'
import type { Theme } from './theme.ts'

const plainAscii = /^[\u0020-\u007e]*$/
/** They change the width of what they stand behind on some terminals only. */
const variationSelectors = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu
const beyondAscii = /[^\u0020-\u007e]/gu

/** A text from anywhere as one line that no terminal obeys. Long ones are cut before they cost anything. */
export function oneLine(theme: Theme, text: string, atMost = 1_000): string {
  const start = text.length > atMost ? text.slice(0, atMost) : text
  if (plainAscii.test(start)) return start
  const shown = printable(start).replace(variationSelectors, '')
  return theme.isUnicode ? shown : shown.replace(beyondAscii, '?')
}

/** Exactly `width` cells of a text of one line. */
export function fit(theme: Theme, text: string, width: number, align: 'left' | 'right' = 'left'): string {
  if (width <= 0) return ''
  const cells = widthOf(text)
  if (cells > width) return padded(cut(theme, text, width), width, 'left')
  return padded(text, width, align, cells)
}

export function widthOf(text: string): number {
  return plainAscii.test(text) ? text.length : Bun.stringWidth(text)
}

function cut(theme: Theme, text: string, width: number): string {
  const { ellipsis } = theme.glyphs
  return slice(text, 0, width - 1) + ellipsis
}

/** The part of a text that begins at cell `from`, where a character begins, and takes no more than `width` cells. */
export function slice(text: string, from: number, width: number): string {
  if (plainAscii.test(text)) return text.slice(from, from + width)
  const part = Bun.sliceAnsi(text, from, from + width)
  // Bun lets a character of two cells reach out by one.
  return widthOf(part) > width ? Bun.sliceAnsi(text, from, from + width - 1) : part
}

function padded(text: string, width: number, align: 'left' | 'right', cells = widthOf(text)): string {
  const space = ' '.repeat(Math.max(0, width - cells))
  return align === 'left' ? text + space : space + text
}

/** A bar that is full as far as `share`, from 0 to 1, says; all of `width` cells. */
export function bar(theme: Theme, share: number, width: number): string {
  const [full, empty] = theme.glyphs.bar
  const filled = Math.min(width, Math.max(share > 0 ? 1 : 0, Math.round(share * width)))
  return theme.style('accent', full.repeat(filled)) + theme.style('faint', empty.repeat(width - filled))
}
