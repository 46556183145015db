/**
 * What is left of a statement without markup that nobody wrote by hand: comments and headings of templates, check
 * boxes, links and images. Where it `hasTitle`, its first line is not part of it.
 */
export function descriptionOf(statement: string, hasTitle: boolean): string {
  const body = hasTitle ? statement.slice(lineEnd(statement)) : statement
  if (!/<|\[|:\/\/|^\s*[#*_]/m.test(body)) return body.trim()
  return body
    .replace(/<!--[\s\S]*?(?:-->|$)/g, ' ')
    .replace(/<(?:img|a|video)\b[^>]*>/gi, ' ')
    .replace(/^\s*(?:#{1,6}\s.*|\*\*[^*\n]+\*\*:?|_No response_)\s*$/gm, ' ')
    .replace(/^\s*[-*] \[[ x]\] .*$/gim, ' ')
    .replace(/!?\[([^\]\n]*)\]\([^)\n]*\)/g, ' ')
    .replace(/\bhttps?:\/\/[^\s)>\]]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Most statements show within their first characters that they describe something. */
const headLength = 300

/**
 * Tells whether `descriptionOf` leaves at least this many characters. It is asked of every row, and for nearly all of
 * them told from how they begin, by prose that no markup can be part of.
 */
export function describesAtLeast(characters: number): (statement: string, hasTitle: boolean) => boolean {
  // What is before `[` or `:` may be the beginning of an image or an address: `https`, at most.
  const prose = new RegExp(`\\s*[A-Za-z0-9](?:[^\\S\\n]?[^\\s<[:]){${characters + 'https'.length}}`, 'y')
  return (statement, hasTitle) => {
    prose.lastIndex = hasTitle ? lineEnd(statement) : 0
    if (prose.test(statement)) return true
    const isEnough = (text: string) => descriptionOf(text, hasTitle).length >= characters
    return isEnough(statement.slice(0, headLength)) || isEnough(statement)
  }
}

function lineEnd(text: string): number {
  const end = text.indexOf('\n')
  return end < 0 ? text.length : end + 1
}

/** The statement without the lines in which Python says where an exception or a warning came from. */
export function withoutTracebacks(statement: string): string {
  return statement.replace(
    /^.*(?:Traceback \(most recent call last\)|File "[^"\n]+", line \d+|:\d+: \w*(?:Warning|Error)).*$/gm,
    '',
  )
}

/** A text with all white space as one space. */
export function flat(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

export function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0
}

/** Whether the text holds the name as a word of its own, in any case, also written with dashes, spaces or none. */
export function mentions(text: string, name: string): boolean {
  const parts = name.replace(/^_+|_+$/g, '').match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+/g) ?? [name]
  const pattern = parts.map((part) => part.replace(/[^\w]/g, '\\$&')).join('[-_ ]?')
  return new RegExp(`(?<![A-Za-z0-9])${pattern}(?![A-Za-z0-9])`, 'i').test(text)
}
