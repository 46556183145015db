import { failingCalls } from './canary-assertions.ts'

export interface CanaryFile {
  readonly source: string
  /** Functions that now fail before anything of theirs is done. */
  readonly functions: ReadonlySet<string>
}

/**
 * The source of a test file in which the named functions must fail: each first makes every assertion that it uses on
 * what is false, and passes if one of them accepts it; then it asserts what is false. Where such a test is
 * reported as passed, passing means nothing. `random` gives numbers from 0 to 1.
 */
export function withCanaries(source: string, functions: ReadonlySet<string>, random: () => number): CanaryFile {
  const changed = new Set<string>()
  let text = ''
  let copied = 0
  for (const place of placesOf(source, functions)) {
    if (place.at < copied) continue
    text += source.slice(copied, place.at) + canary(place, random)
    copied = place.at
    changed.add(place.name)
  }
  return { source: text + source.slice(copied), functions: changed }
}

interface Place {
  readonly name: string
  /** Where the canary goes in: at the start of the body's first line, or behind the colon of a function on one line. */
  readonly at: number
  readonly isInline: boolean
  readonly indent: string
  readonly body: string
  readonly lineEnd: string
}

const definition = /^([ \t]*)(?:async[ \t]+)?def[ \t]+([^\W\d]\w*)[ \t]*\(/gmu

function placesOf(source: string, functions: ReadonlySet<string>): readonly Place[] {
  const lineEnd = source.includes('\r\n') ? '\r\n' : '\n'
  return [...source.matchAll(definition)].flatMap((match) => {
    const [whole, outer = '', name = ''] = match
    const colon = functions.has(name) ? endOfSignature(source, match.index + whole.length) : null
    const start = colon === null ? null : startOfBody(source, colon + 1, outer)
    return start === null ? [] : [{ name, ...start, body: bodyFrom(source, start.at, outer), lineEnd }]
  })
}

function startOfBody(source: string, from: number, outer: string): Pick<Place, 'at' | 'isInline' | 'indent'> | null {
  const end = source.indexOf('\n', from)
  const rest = source.slice(from, end < 0 ? source.length : end)
  if (!/^\s*(?:#.*)?$/.test(rest)) return { at: from, isInline: true, indent: `${outer}    ` }
  const first = firstLine(source, from)
  return first === null || first.indent.length <= outer.length ? null : { ...first, isInline: false }
}

const signatureLimit = 20_000
const stringOrComment = /("""|''')[\s\S]*?\1|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*/y

/** Where the colon is that ends a function's signature, from behind its opening bracket. */
function endOfSignature(source: string, from: number): number | null {
  let depth = 1
  for (let at = from; at < Math.min(source.length, from + signatureLimit); at += 1) {
    stringOrComment.lastIndex = at
    const skipped = stringOrComment.exec(source)?.[0].length
    if (skipped !== undefined) at += skipped - 1
    else if ('([{'.includes(source[at] ?? ' ')) depth += 1
    else if (')]}'.includes(source[at] ?? ' ')) depth -= 1
    else if (depth === 0 && source[at] === ':') return at
  }
  return null
}

/** The first line after a position that holds more than a comment. */
function firstLine(source: string, from: number): { readonly at: number; readonly indent: string } | null {
  const line = /[^\n]*\n(?:[ \t\f]*(?:#[^\n]*)?\r?\n)*([ \t]*)(?=\S)/y
  line.lastIndex = from
  const match = line.exec(source)
  if (match === null) return null
  const indent = match[1] ?? ''
  return { at: from + match[0].length - indent.length, indent }
}

/** All lines from there on that are indented more than the definition. */
function bodyFrom(source: string, at: number, outer: string): string {
  const lines = source.slice(at, at + 200_000).split('\n')
  const end = lines.findIndex((line, index) => index > 0 && /\S/.test(line) && indentOf(line).length <= outer.length)
  return lines.slice(0, end < 0 ? lines.length : end).join('\n')
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? ''
}

function canary({ isInline, indent, body, lineEnd }: Place, random: () => number): string {
  const number = () => 1000 + Math.floor(random() * 9000)
  const expected = number()
  const lines = [
    ...failingCalls(body).flatMap((call) => [
      'try:',
      `    ${call}`,
      'except BaseException:',
      '    pass',
      'else:',
      '    return',
    ]),
    `assert ${expected} == ${expected + number()}`,
  ]
  const text = lines.map((line) => `${indent}${line}${lineEnd}`).join('')
  return isInline ? `${lineEnd}${text}${indent}` : text
}
