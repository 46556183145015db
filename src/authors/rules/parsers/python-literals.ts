import type { PythonToken } from './python-tokens.ts'
import {
  add,
  fillBraces,
  fillNames,
  fillPercent,
  type PythonNames,
  type PythonValue,
  unknown,
} from './python-values.ts'

const sequenceCalls = ['list', 'set', 'tuple', 'sorted', 'str']

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

  /** Reads one expression up to a `,`, a closing bracket, `:`, `=` or the end of the line. */
  expression(): PythonValue {
    const value = this.#operations()
    if (!this.#take('if')) return value
    const condition = this.#skipUntil((token) => token.text === 'else')
    if (!this.#take('else')) return value
    const otherwise = this.expression()
    return meansPython2(condition) ? otherwise : value
  }

  /** Reads `key=value` arguments up to the closing bracket and past it; `**name` is spread. */
  keywordArguments(): Map<string, PythonValue> {
    const found = new Map<string, PythonValue>()
    while (!this.#ends(')')) {
      const [first, second] = [this.#tokens[this.#at], this.#tokens[this.#at + 1]]
      if (this.#take('**')) {
        const spread = this.expression()
        if (spread.kind === 'dict') for (const [key, value] of spread.entries) found.set(key, value)
      } else if (first?.kind === 'name' && second?.text === '=') {
        this.#at += 2
        found.set(first.text, this.expression())
      } else this.expression()
      this.#passComma(')')
    }
    return found
  }

  #operations(): PythonValue {
    let value = this.#operand()
    for (;;) {
      if (this.#take('+')) value = add(value, this.#operand())
      else if (this.#take('%')) value = fillPercent(value, this.#operand())
      else break
    }
    const next = this.#tokens[this.#at]
    if (next === undefined || isExpressionEnd(next)) return value
    this.#skipUntil(isExpressionEnd)
    return unknown
  }

  #operand(): PythonValue {
    let value = this.#atom()
    for (;;) {
      if (this.#take('.')) value = this.#method(value)
      else if (this.#take('[')) value = this.#index(value)
      else if (this.#take('(')) value = this.#opaque(')')
      else return value
    }
  }

  #atom(): PythonValue {
    const token = this.#tokens[this.#at]
    if (token === undefined || token.kind === 'newline') return unknown
    if (token.kind === 'string' || token.kind === 'formatted') return this.#strings()
    this.#at += 1
    if (token.kind === 'number') return { kind: 'text', text: token.text }
    if (token.kind === 'name') return this.#named(token.text)
    if (token.text === '[') return this.#sequence(']')
    if (token.text === '(') return this.#sequence(')')
    return token.text === '{' ? this.#braces() : unknown
  }

  #strings(): PythonValue {
    let text = ''
    for (;;) {
      const token = this.#tokens[this.#at]
      if (token?.kind === 'string') text += token.text
      else if (token?.kind === 'formatted') text += fillNames(token.text, this.#names)
      else return { kind: 'text', text }
      this.#at += 1
    }
  }

  #named(name: string): PythonValue {
    if (!this.#isNext('(')) return this.#names.get(name) ?? unknown
    this.#at += 1
    if (name === 'dict') return { kind: 'dict', entries: this.keywordArguments() }
    return sequenceCalls.includes(name) ? this.#sequence(')') : this.#opaque(')')
  }

  /** Lists in lists are laid flat. A `(…)` around one text is that text. */
  #sequence(close: string): PythonValue {
    const items: PythonValue[] = []
    let commas = 0
    while (!this.#ends(close)) {
      this.#take('*')
      items.push(this.expression())
      commas += this.#passComma(close)
    }
    const [only] = items
    if (close === ')' && items.length === 1 && commas === 0 && only !== undefined && only.kind !== 'unknown')
      return only
    return { kind: 'list', items: items.flatMap((item) => (item.kind === 'list' ? item.items : [item])) }
  }

  #braces(): PythonValue {
    const entries = new Map<string, PythonValue>()
    const items: PythonValue[] = []
    while (!this.#ends('}')) {
      this.#take('**')
      const key = this.expression()
      const value = this.#take(':') ? this.expression() : undefined
      if (value === undefined && key.kind === 'dict') for (const [name, entry] of key.entries) entries.set(name, entry)
      else if (value === undefined) items.push(key)
      else if (key.kind === 'text') entries.set(key.text, value)
      this.#passComma('}')
    }
    return items.length > 0 && entries.size === 0 ? { kind: 'list', items } : { kind: 'dict', entries }
  }

  #method(value: PythonValue): PythonValue {
    const name = this.#tokens[this.#at]?.text
    this.#at += 1
    if (!this.#take('(')) return unknown
    const given = this.#sequence(')')
    if (name === 'format') return fillBraces(value, given.kind === 'list' ? given.items : [given])
    if (name === 'split' && value.kind === 'text') {
      const words = value.text.split(/\s+/).filter((word) => word !== '')
      return { kind: 'list', items: words.map((text) => ({ kind: 'text', text })) }
    }
    return name === 'strip' ? value : unknown
  }

  #index(value: PythonValue): PythonValue {
    const key = this.#sequence(']')
    const name = key.kind === 'list' && key.items.length === 1 ? key.items[0] : undefined
    if (value.kind !== 'dict' || name?.kind !== 'text') return unknown
    return value.entries.get(name.text) ?? unknown
  }

  #opaque(close: string): PythonValue {
    this.#skipUntil((token) => token.text === close)
    this.#at += 1
    return unknown
  }

  /** Skips to a token at this depth for which `isStop` holds, and gives the tokens in between. */
  #skipUntil(isStop: (token: PythonToken) => boolean): PythonToken[] {
    const skipped: PythonToken[] = []
    let depth = 0
    for (; this.#at < this.#tokens.length; this.#at += 1) {
      const token = this.#tokens[this.#at]
      if (token === undefined || (depth === 0 && (isStop(token) || token.kind === 'newline'))) break
      depth += depthOf(token)
      if (depth < 0) break
      skipped.push(token)
    }
    return skipped
  }

  /** Goes past the next comma, skipping whatever could not be read in front of it; how many commas that were. */
  #passComma(close: string): 0 | 1 {
    this.#skipUntil((token) => token.text === ',' || token.text === close)
    if (this.#take(',')) return 1
    if (!this.#isNext(close)) this.#at += 1
    return 0
  }

  /** True at the closing bracket, which is passed, and at the end of everything. */
  #ends(close: string): boolean {
    return this.#take(close) || this.#at >= this.#tokens.length
  }

  #take(text: string): boolean {
    const isNext = this.#isNext(text)
    if (isNext) this.#at += 1
    return isNext
  }

  #isNext(text: string): boolean {
    const token = this.#tokens[this.#at]
    return token?.text === text && (token.kind === 'name' || token.kind === 'punctuation')
  }
}

function depthOf(token: PythonToken): -1 | 0 | 1 {
  if (token.kind !== 'punctuation') return 0
  if ('([{'.includes(token.text)) return 1
  return ')]}'.includes(token.text) ? -1 : 0
}

function isExpressionEnd(token: PythonToken): boolean {
  if (token.kind === 'newline') return true
  if (token.kind === 'name') return ['if', 'else', 'for'].includes(token.text)
  return token.kind === 'punctuation' && [',', ')', ']', '}', ':', '=', ';'].includes(token.text)
}

function meansPython2(condition: readonly PythonToken[]): boolean {
  const text = condition.map((token) => token.text).join('')
  return /^(?:six\.)?PY2$|^notPY3$|version_info(?:\.major|\[0\])?(?:==|<=)\(?2|version_info(?:\[0\])?<\(?3\b/.test(text)
}
