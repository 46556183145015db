export interface PythonToken {
  readonly kind: 'name' | 'string' | 'formatted' | 'number' | 'punctuation' | 'newline'
  readonly text: string
}

const blank = /(?:[ \t\f]+|#[^\n]*|\\\r?\n)+/y
const stringStart = /([A-Za-z]{0,2})("""|'''|"|')/y
const others: readonly (readonly [PythonToken['kind'], RegExp])[] = [
  ['newline', /\r?\n/y],
  ['name', /[A-Za-z_]\w*/y],
  ['number', /\d[\w.]*/y],
  ['punctuation', /\*\*|\+=|==|!=|<=|>=|->|:=|[\s\S]/y],
]

/** Cuts Python source into tokens; newlines inside brackets are dropped, so that a statement is one line of tokens. */
export function pythonTokens(source: string): PythonToken[] {
  const tokens: PythonToken[] = []
  let depth = 0
  let at = matchAt(blank, source, 0)?.[0].length ?? 0
  while (at < source.length) {
    const { token, end } = stringAt(source, at) ?? otherAt(source, at)
    if (token.kind === 'punctuation' && '([{'.includes(token.text)) depth += 1
    if (token.kind === 'punctuation' && ')]}'.includes(token.text)) depth = Math.max(0, depth - 1)
    if (token.kind !== 'newline' || depth === 0) tokens.push(token)
    at = end + (matchAt(blank, source, end)?.[0].length ?? 0)
  }
  return tokens
}

interface Cut {
  readonly token: PythonToken
  readonly end: number
}

function stringAt(source: string, at: number): Cut | null {
  const [start, prefix = '', quote] = matchAt(stringStart, source, at) ?? []
  if (start === undefined || quote === undefined) return null
  const from = at + start.length
  const to = endOfString(source, from, quote)
  const body = source.slice(from, to)
  const text = /r/i.test(prefix) ? body : withoutEscapes(body)
  return { token: { kind: /f/i.test(prefix) ? 'formatted' : 'string', text }, end: to + quote.length }
}

function otherAt(source: string, at: number): Cut {
  for (const [kind, pattern] of others) {
    const text = matchAt(pattern, source, at)?.[0]
    if (text !== undefined) return { token: { kind, text }, end: at + text.length }
  }
  return { token: { kind: 'punctuation', text: '' }, end: at + 1 }
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(source)
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
