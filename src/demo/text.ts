/**
 * A file, or lines of one, written in place: the first line break goes, and so does the indentation up to two columns
 * right of the closing backtick. Backslashes stay as they are, but for those before a backtick.
 */
export function text(strings: TemplateStringsArray): string {
  const raw = strings.raw.join('')
  const closing = raw.slice(raw.lastIndexOf('\n') + 1)
  return raw
    .slice(1, raw.length - closing.length)
    .replaceAll(new RegExp(`^${closing}  `, 'gm'), '')
    .replaceAll('\\`', '`')
}

/** `content` with its single occurrence of `before` replaced; throws where that is not one occurrence. */
export function edited(content: string, before: string, after: string): string {
  const parts = content.split(before)
  if (parts.length !== 2) throw new Error(`expected exactly one occurrence of ${JSON.stringify(before)}`)
  return parts.join(after)
}

/** The same lines as Windows programs end them. */
export function withCrlf(content: string): string {
  return content.replaceAll('\n', '\r\n')
}
