import { type PythonToken, pythonTokens } from './python-tokens.ts'

/** A value that could be read without running anything; `unknown` stands for what only a run would tell. */
export type PythonValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly PythonValue[] }
  | { readonly kind: 'dict'; readonly entries: ReadonlyMap<string, PythonValue> }
  | { readonly kind: 'unknown'; readonly source: string }

export type PythonNames = ReadonlyMap<string, PythonValue>

const unknown: PythonValue = { kind: 'unknown', source: '' }

/** Evaluates literal expressions over tokens: strings, lists, dicts, `+`, `%`, `.format`, names already known. */
export class LiteralReader {
  readonly #tokens: readonly PythonToken[]
  readonly #names: PythonNames
  #at: number

  constructor(tokens: readonly PythonToken[], start: number, names: PythonNames) {
    this.#tokens = tokens
    this.#at = start
    this.#names = names
  }

  /** Index of the first token that was not read. */
  get position(): number {
    return this.#at
  }

  /** Reads one expression up to a `,`, a closing bracket, `:`, `=` or the end of the line. */
  expression(): PythonValue {
    const value = this.#sum()
    if (!this.#isNext('if')) return value
    this.#at += 1
    const condition = this.#skipUntil((token) => token.text === 'else')
    if (!this.#isNext('else')) return value
    this.#at += 1
    const otherwise = this.expression()
    return meansPython2(condition) ? otherwise : value
  }

  /** Reads `key=value` and positional arguments up to the closing bracket; `**name` is spread. */
  keywordArguments(): Map<string, PythonValue> {
    const found = new Map<string, PythonValue>()
    while (this.#at < this.#tokens.length && !this.#isNext(')')) {
      const [first, second] = [this.#tokens[this.#at], this.#tokens[this.#at + 1]]
      if (first?.text === '**') {
        this.#at += 1
        const spread = this.expression()
        if (spread.kind === 'dict') for (const [key, value] of spread.entries) found.set(key, value)
      } else if (first?.kind === 'name' && second?.text === '=') {
        this.#at += 2
        found.set(first.text, this.expression())
      } else this.expression()
      this.#pass(',', ')')
    }
    this.#at += 1
    return found
  }

  #sum(): PythonValue {
    let value = this.#atom()
    for (;;) {
      if (this.#isNext('+')) {
        this.#at += 1
        value = add(value, this.#atom())
      } else if (this.#isNext('%')) {
        this.#at += 1
        value = fill(value, this.#atom())
      } else if (this.#isNext('.')) value = this.#method(value)
      else if (this.#isNext('[') || this.#isNext('(')) value = this.#opaque()
      else if (!this.#isEnd()) {
        this.#at += 1
        this.#skipUntil(isExpressionEnd)
        return unknown
      } else return value
    }
  }

  #atom(): PythonValue {
    const token = this.#tokens[this.#at]
    if (token === undefined) return unknown
    this.#at += 1
    switch (token.kind) {
      case 'string':
      case 'formatted':
        this.#at -= 1
        return this.#strings()
      case 'number':
        return { kind: 'text', text: token.text }
      case 'name':
        return this.#named(token.text)
      case 'newline':
        return unknown
      case 'punctuation':
        if (token.text === '[' || token.text === '(') return this.#sequence(token.text === '[' ? ']' : ')')
        if (token.text === '{') return this.#braces()
        return unknown
    }
  }

  #strings(): PythonValue {
    let text = ''
    for (;;) {
      const token = this.#tokens[this.#at]
      if (token?.kind === 'string') text += token.text
      else if (token?.kind === 'formatted') text += fillNamed(token.text, this.#names)
      else return { kind: 'text', text }
      this.#at += 1
    }
  }

  #named(name: string): PythonValue {
    const isCall = this.#isNext('(')
    if (isCall && name === 'dict') {
      this.#at += 1
      return { kind: 'dict', entries: this.keywordArguments() }
    }
    if (isCall && ['list', 'set', 'tuple', 'sorted', 'str'].includes(name)) {
      this.#at += 1
      const inner = this.#sequence(')')
      return inner.kind === 'list' ? (inner.items[0] ?? { kind: 'list', items: [] }) : inner
    }
    if (isCall) return this.#opaque()
    return this.#names.get(name) ?? { kind: 'unknown', source: name }
  }

  /** A `(…)` holding one value without a comma is that value. */
  #sequence(close: string): PythonValue {
    const items: PythonValue[] = []
    let hasComma = false
    while (this.#at < this.#tokens.length && !this.#isNext(close)) {
      if (this.#isNext('*')) this.#at += 1
      items.push(this.expression())
      hasComma ||= this.#isNext(',')
      this.#pass(',', close)
    }
    this.#at += 1
    const only = items[0]
    if (close === ')' && items.length === 1 && !hasComma && only?.kind === 'text') return only
    return { kind: 'list', items: items.flatMap((item) => (item.kind === 'list' ? item.items : [item])) }
  }

  #braces(): PythonValue {
    const entries = new Map<string, PythonValue>()
    const items: PythonValue[] = []
    while (this.#at < this.#tokens.length && !this.#isNext('}')) {
      if (this.#isNext('**')) this.#at += 1
      const key = this.expression()
      if (this.#isNext(':')) {
        this.#at += 1
        const value = this.expression()
        if (key.kind === 'text') entries.set(key.text, value)
      } else if (key.kind === 'dict') for (const [name, value] of key.entries) entries.set(name, value)
      else items.push(key)
      this.#pass(',', '}')
    }
    this.#at += 1
    return items.length > 0 && entries.size === 0 ? { kind: 'list', items } : { kind: 'dict', entries }
  }

  #method(value: PythonValue): PythonValue {
    const name = this.#tokens[this.#at + 1]?.text
    this.#at += 2
    if (!this.#isNext('(')) return unknown
    this.#at += 1
    const inner = this.#sequence(')')
    const given = inner.kind === 'list' ? inner.items : [inner]
    if (name === 'format') return given.reduce((filled, item) => replaceFirst(filled, /\{\w*\}/, item), value)
    if (name === 'split' && value.kind === 'text') {
      return {
        kind: 'list',
        items: value.text
          .split(/\s+/)
          .filter(Boolean)
          .map((text) => ({ kind: 'text', text })),
      }
    }
    if (name === 'strip') return value
    return unknown
  }

  /** Skips a call or an index, keeping the strings in it as the only trace of what it was about. */
  #opaque(): PythonValue {
    const close = this.#isNext('[') ? ']' : ')'
    this.#at += 1
    const inside = this.#skipUntil((token) => token.text === close)
    this.#at += 1
    return { kind: 'unknown', source: inside.map((token) => token.text).join(' ') }
  }

  /** Skips to a token at this depth for which `isStop` holds, and gives the tokens in between. */
  #skipUntil(isStop: (token: PythonToken) => boolean): PythonToken[] {
    const skipped: PythonToken[] = []
    let depth = 0
    for (; this.#at < this.#tokens.length; this.#at += 1) {
      const token = this.#tokens[this.#at]
      if (token === undefined || (depth === 0 && (isStop(token) || token.kind === 'newline'))) break
      if (token.kind === 'punctuation' && '([{'.includes(token.text)) depth += 1
      if (token.kind === 'punctuation' && ')]}'.includes(token.text)) depth -= 1
      if (depth < 0) break
      skipped.push(token)
    }
    return skipped
  }

  /** Goes past the separator, skipping whatever could not be read in front of it. */
  #pass(separator: string, close: string): void {
    this.#skipUntil((token) => token.text === separator || token.text === close)
    if (this.#isNext(separator)) this.#at += 1
    else if (!this.#isNext(close)) this.#at += 1
  }

  #isNext(text: string): boolean {
    const token = this.#tokens[this.#at]
    return token !== undefined && token.text === text && token.kind !== 'string'
  }

  #isEnd(): boolean {
    const token = this.#tokens[this.#at]
    return token === undefined || isExpressionEnd(token)
  }
}

/** Module-level values that a Python file assigns literally, later assignments and `+=` / `append` / `extend` applied. */
export function readAssignments(source: string): { names: PythonNames; tokens: readonly PythonToken[] } {
  const tokens = pythonTokens(source)
  const names = new Map<string, PythonValue>()
  for (let at = 0; at < tokens.length; at += 1) {
    const previous = tokens[at - 1]
    if (previous !== undefined && previous.kind !== 'newline' && previous.text !== ':') continue
    assign(tokens, at, names)
  }
  return { names, tokens }
}

function assign(tokens: readonly PythonToken[], at: number, names: Map<string, PythonValue>): void {
  const [target, second, third, fourth, fifth] = tokens.slice(at, at + 5)
  if (target?.kind !== 'name') return
  const read = (start: number) => new LiteralReader(tokens, start, names).expression()
  if (second?.text === '=') names.set(target.text, read(at + 2))
  else if (second?.text === '+=') names.set(target.text, add(names.get(target.text) ?? unknown, read(at + 2)))
  else if (second?.text === '[' && third?.kind === 'string' && fourth?.text === ']' && fifth?.text === '=') {
    const known = names.get(target.text)
    const entries = known?.kind === 'dict' ? known.entries : new Map<string, PythonValue>()
    names.set(target.text, { kind: 'dict', entries: new Map(entries).set(third.text, read(at + 5)) })
  } else if (second?.text === '.' && (third?.text === 'append' || third?.text === 'extend') && fourth?.text === '(') {
    const value = read(at + 4)
    names.set(target.text, add(names.get(target.text) ?? unknown, { kind: 'list', items: itemsOf(value) }))
  }
}

/** The texts in a value: of a list its text items, of a text its lines. */
export function textsOf(value: PythonValue | undefined): string[] {
  if (value === undefined) return []
  if (value.kind === 'text') return value.text.split('\n')
  if (value.kind === 'list') return value.items.flatMap((item) => (item.kind === 'text' ? [item.text] : []))
  return []
}

function itemsOf(value: PythonValue): readonly PythonValue[] {
  return value.kind === 'list' ? value.items : [value]
}

function add(left: PythonValue, right: PythonValue): PythonValue {
  if (left.kind === 'text' && right.kind === 'text') return { kind: 'text', text: left.text + right.text }
  if (left.kind === 'list' || right.kind === 'list') {
    return { kind: 'list', items: [...itemsOf(left), ...itemsOf(right)] }
  }
  return left.kind === 'unknown' ? left : right
}

function fill(template: PythonValue, value: PythonValue): PythonValue {
  return itemsOf(value).reduce((filled, item) => replaceFirst(filled, /%s|%r|%d/, item), template)
}

function replaceFirst(template: PythonValue, pattern: RegExp, value: PythonValue): PythonValue {
  if (template.kind !== 'text' || value.kind !== 'text') return unknown
  return { kind: 'text', text: template.text.replace(pattern, () => value.text) }
}

function fillNamed(template: string, names: PythonNames): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = names.get(name)
    return value?.kind === 'text' ? value.text : whole
  })
}

function isExpressionEnd(token: PythonToken): boolean {
  if (token.kind === 'newline') return true
  if (token.kind === 'name') return token.text === 'if' || token.text === 'else' || token.text === 'for'
  return token.kind === 'punctuation' && [',', ')', ']', '}', ':', '=', ';'].includes(token.text)
}

function meansPython2(condition: readonly PythonToken[]): boolean {
  const text = condition.map((token) => token.text).join('')
  return /^(?:six\.)?PY2$|^notPY3$|version_info(?:\.major|\[0\])?(?:==|<=)\(?2|version_info(?:\[0\])?<\(?3\b/.test(text)
}
