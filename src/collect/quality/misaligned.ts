import { type PatchFile, pathOf } from '../../domain/patch.ts'
import type { Evidence, QualityFacts, QualityRule } from './flag.ts'
import { isCode, isTelling, linesOf, wordsOf } from './patch-lines.ts'
import { countWords, flat, mentions } from './statement.ts'

/** How the tests may ask for what the statement does not say. */
export const misaligned: readonly QualityRule[] = [
  { flag: 'misaligned', look: testsUnknownNames },
  { flag: 'misaligned', look: testsUnknownMessages },
  { flag: 'misaligned', look: proposesOtherCode },
  { flag: 'misaligned', look: testsOtherFile },
]

const definition = /(?:\b(?:def|class|func|function|fn|interface|struct|enum)\s+|^(?=[A-Z_]+\s*=[^=]))([A-Za-z_]\w*)/g

/** Names that the patch brings into being and the tests use, and that no reader of the statement can guess. */
function testsUnknownNames({ statement, sources, tests }: QualityFacts): Evidence | null {
  const { added, removed, kept } = linesOf(sources.filter(isCode))
  const old = new Set([...removed, ...kept].flatMap(wordsOf))
  const defined = new Set(added.flatMap((line) => [...line.matchAll(definition)].map(([, name = '']) => name)))
  const tested = new Set(linesOf(tests).added.flatMap(wordsOf))
  const used = [...defined].filter(
    (name) => name.length > 2 && !/^__\w+__$/.test(name) && !old.has(name) && tested.has(name),
  )
  const unknown = used.filter((name) => !mentions(statement, name))
  if (unknown.length === 0 || unknown.length < used.length / 2) return null
  const names = unknown.slice(0, 3).join(', ')
  return {
    score: 0.5 + unknown.length / used.length / 2,
    explanation: `tests use ${names}, which the statement never names`,
  }
}

/** Words from which on a text in quotes is a message and not a key. */
const wordsOfMessage = 3

/** Messages that the patch adds and the tests compare word for word. */
function testsUnknownMessages({ statement, sources, tests }: QualityFacts): Evidence | null {
  const { removed, kept, added } = linesOf(sources.filter(isCode))
  const old = [...removed, ...kept].join('\n')
  const tested = linesOf(tests).added.join('\n')
  const said = flat(statement)
  const message = added
    .filter((line) => !/^(?:#|\/\/|"""|''')/.test(line))
    .flatMap(messagesOf)
    .find((text) => tested.includes(text) && !old.includes(text) && !said.includes(text))
  return message === undefined
    ? null
    : { score: 0.7, explanation: `tests check the text "${message}", which the statement never gives` }
}

/** The fixed parts of the texts in quotes on a line. */
function messagesOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g)]
    .flatMap(([, double, single]) => (double ?? single ?? '').split(/\{[^}]*\}|%\(?\w*\)?[sdrif]|\\./))
    .map((text) => text.trim())
    .filter((text) => countWords(text) >= wordsOfMessage && text.split(' ').length >= wordsOfMessage)
}

const proposal =
  /\b(?:suggest|propos|recommend|(?:possible|quick|simple) (?:fix|solution)|fix(?:ed)? (?:by|would|could|is)|could be (?:fixed|solved|changed)|should be (?:changed|fixed))/i

/** Code that the statement proposes for a changed place, of which the patch adds nothing: it solves something else. */
function proposesOtherCode({ statement, sources }: QualityFacts): Evidence | null {
  const { added, removed, kept } = linesOf(sources.filter(isCode))
  for (const { before, lines } of codeBlocks(statement)) {
    const telling = lines.map(flat).filter(isTelling)
    if (telling.length < 2 || !proposal.test(before)) continue
    const isOfThePlace =
      telling.some((line) => removed.has(line) || kept.has(line)) ||
      sources.some((file) => mentions(before, pathOf(file).split('/').at(-1) ?? ''))
    const isNew = (line: string) => !removed.has(line) && !kept.has(line)
    if (isOfThePlace && !telling.some((line) => added.includes(line)) && telling.some(isNew)) {
      return {
        score: 0.8,
        explanation: `the statement proposes code such as \`${telling.find(isNew)}\`, and the change tested is another`,
      }
    }
  }
  return null
}

interface CodeBlock {
  /** The paragraph above it. */
  readonly before: string
  readonly lines: readonly string[]
}

/** Blocks between fences, or indented by four. */
function codeBlocks(statement: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  const pattern = /^```[^\n]*\n([\s\S]*?)^```|((?:^(?: {4}|\t)[^\n]*(?:\n|$)|^[ \t]*\n(?= {4}|\t))+)/gm
  for (const match of statement.matchAll(pattern)) {
    const before = statement.slice(0, match.index).trimEnd()
    const paragraph = before.slice(before.lastIndexOf('\n\n') + 1)
    blocks.push({ before: paragraph.slice(-600), lines: (match[1] ?? match[2] ?? '').split('\n') })
  }
  return blocks
}

/** Tests of a changed file that the statement does not name, where it does name another that is changed. */
function testsOtherFile({ statement, sources, tests }: QualityFacts): Evidence | null {
  const changed = sources.filter(isCode).map(stemOf)
  const named = changed.filter((stem) => mentions(statement, stem))
  if (named.length === 0) return null
  const tested = tests.map((file) => stemOf(file).replace(/^test_?|_?tests?$/g, ''))
  const other = tested.find((stem) => stem.length > 3 && changed.includes(stem) && !named.includes(stem))
  if (other === undefined) return null
  return { score: 0.5, explanation: `tests are for ${other}, while the statement speaks of ${named.join(', ')}` }
}

/** The file's name without directories and extension. */
function stemOf(file: PatchFile): string {
  return (pathOf(file).split('/').at(-1) ?? '').replace(/\.\w+$/, '')
}
