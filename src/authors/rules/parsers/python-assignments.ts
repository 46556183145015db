import { LiteralReader } from './python-literals.ts'
import { type PythonToken, pythonTokens } from './python-tokens.ts'
import { add, itemsOf, type PythonNames, type PythonValue, unknown } from './python-values.ts'

/** Names that a Python file assigns literally, later assignments, `+=`, `append` and `extend` applied. */
export function readAssignments(source: string): { names: PythonNames; tokens: readonly PythonToken[] } {
  const tokens = pythonTokens(source)
  const names = new Map<string, PythonValue>()
  tokens.forEach((_, at) => {
    const previous = tokens[at - 1]
    if (previous === undefined || previous.kind === 'newline' || previous.text === ':') assign(tokens, at, names)
  })
  return { names, tokens }
}

function assign(tokens: readonly PythonToken[], at: number, names: Map<string, PythonValue>): void {
  const [target, second, third, fourth, fifth] = tokens.slice(at, at + 5)
  if (target?.kind !== 'name' || second?.kind !== 'punctuation') return
  const read = (start: number) => new LiteralReader(tokens, start, names).expression()
  const known = names.get(target.text) ?? unknown
  const isKeyed = third?.kind === 'string' && fourth?.text === ']' && fifth?.text === '='
  const isGrown = /^(?:append|extend)$/.test(third?.text ?? '') && fourth?.text === '('
  if (second.text === '=') names.set(target.text, read(at + 2))
  else if (second.text === '+=') names.set(target.text, add(known, read(at + 2)))
  else if (second.text === '[' && isKeyed) names.set(target.text, withEntry(known, third.text, read(at + 5)))
  else if (second.text === '.' && isGrown) {
    names.set(target.text, add(known, { kind: 'list', items: itemsOf(read(at + 4)) }))
  }
}

function withEntry(value: PythonValue, key: string, entry: PythonValue): PythonValue {
  return { kind: 'dict', entries: new Map(value.kind === 'dict' ? value.entries : []).set(key, entry) }
}
