import type { Evidence, QualityFacts, QualityRule } from './flag.ts'
import { countWords, descriptionOf } from './statement.ts'

/** What the statement lacks by itself, or beside its patch. */
export const statementFlags: readonly QualityRule[] = [
  { flag: 'thin', look: isThin },
  { flag: 'only-link', look: isOnlyLink },
  { flag: 'wide-patch', look: isTooWide },
]

/** Words with which something can be said at all. */
const fewWords = 20

function isThin({ statement }: QualityFacts): Evidence | null {
  const words = countWords(descriptionOf(statement, false))
  if (words >= fewWords) return null
  return { score: 1 - words / (2 * fewWords), explanation: `the statement has ${words} words` }
}

/** Words that stand beside a link and say no more than that it is there. */
const wordsOfLink = 12

function isOnlyLink({ statement }: QualityFacts): Evidence | null {
  const what = /!\[|<img\b|\.(?:png|jpe?g|gif)\b/i.test(statement) ? 'a picture' : 'a link'
  if (what === 'a link' && !/\bhttps?:\/\//.test(statement)) return null
  const words = countWords(descriptionOf(statement, true))
  if (words >= wordsOfLink) return null
  return {
    score: 1 - words / (2 * wordsOfLink),
    explanation: `beside its title the statement is ${what} and ${words} words`,
  }
}

const manyFiles = 6
const manyLines = 200
/** Changed lines for one word of the statement, from which on the words cannot carry the change. */
const linesPerWord = 4

function isTooWide({ statement, sources }: QualityFacts): Evidence | null {
  const hunks = sources.flatMap((file) => file.hunks)
  const lines = hunks.reduce((sum, hunk) => sum + hunk.addedLines.length + hunk.removedLines.length, 0)
  const words = countWords(descriptionOf(statement, false))
  if ((sources.length < manyFiles && lines < manyLines) || lines < linesPerWord * words) return null
  const score = Math.min(1, 0.4 + (0.1 * lines) / (linesPerWord * Math.max(words, 1)))
  return { score, explanation: `${lines} lines in ${sources.length} files are changed for ${words} words of statement` }
}
