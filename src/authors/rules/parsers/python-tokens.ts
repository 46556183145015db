export interface PythonToken {
  readonly kind: 'name' | 'string' | 'formatted' | 'number' | 'punctuation' | 'newline'
  readonly text: string
}

const tokenPattern =
  /(?<skip>[ \t\f]+|#[^\n]*|\\\r?\n)|(?<newline>\r?\n)|(?<prefix>[A-Za-z]{0,2})(?<quote>"""|'''|"|')|(?<name>[A-Za-z_]\w*)|(?<number>\d[\w.]*)|(?<punctuation>\*\*|\+=|==|!=|<=|>=|->|:=|[\s\S])/y

/** Cuts Python source into tokens; newlines inside brackets are dropped, so that a statement is one line of tokens. */
export function pythonTokens(source: string): PythonToken[] {
  const tokens: PythonToken[] = []
  let depth = 0
  let position = 0
  while (position < source.length) {
    tokenPattern.lastIndex = position
    const match = tokenPattern.exec(source)
    if (match?.groups === undefined) break
    position = tokenPattern.lastIndex
    const { newline, prefix, quote, name, number, punctuation } = match.groups
    if (quote !== undefined) {
      const end = endOfString(source, position, quote)
      const isRaw = /r/i.test(prefix ?? '')
      const body = source.slice(position, end)
      const text = isRaw ? body : withoutEscapes(body)
      tokens.push({ kind: /f/i.test(prefix ?? '') ? 'formatted' : 'string', text })
      position = Math.min(end + quote.length, source.length)
    } else if (newline !== undefined) {
      if (depth === 0) tokens.push({ kind: 'newline', text: '\n' })
    } else if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (punctuation !== undefined) {
      if ('([{'.includes(punctuation)) depth += 1
      if (')]}'.includes(punctuation)) depth = Math.max(0, depth - 1)
      tokens.push({ kind: 'punctuation', text: punctuation })
    }
  }
  return tokens
}

function endOfString(source: string, start: number, quote: string): number {
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1
    else if (source.startsWith(quote, at)) return at
    else if (quote.length === 1 && source[at] === '\n') return at
  }
  return source.length
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\n': '' }

function withoutEscapes(body: string): string {
  return body.replace(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character)
}
