/**
 * Text as it may be shown on a terminal: control characters, and those that reorder or hide text, become `\x1b`,
 * `\u202e` and the like. Line feeds and tabs stay where `keep` is `lines`.
 */
export function printable(text: string, keep: 'nothing' | 'lines' = 'nothing'): string {
  const shown = text.toWellFormed().replace(dangerous, escaped)
  return keep === 'lines' ? shown : shown.replace(/[\n\t]/g, escaped)
}

const dangerous = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}
