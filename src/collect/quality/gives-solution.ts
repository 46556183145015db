import { type PatchFile, pathOf } from '../../domain/patch.ts'
import type { Evidence, QualityFacts, QualityRule } from './flag.ts'
import { isCode, isTelling, linesOf, wordsOf } from './patch-lines.ts'
import { flat, withoutTracebacks } from './statement.ts'

/** How the statement may give the solution away. */
export const givesSolution: readonly QualityRule[] = [
  { flag: 'gives-solution', look: holdsAddedLines },
  { flag: 'gives-solution', look: namesPlace },
  { flag: 'gives-solution', look: saysReplacement },
]

/** At least half of the telling lines that the patch adds stand in the statement as they are. */
function holdsAddedLines({ statement, sources }: QualityFacts): Evidence | null {
  const { added, removed, kept } = linesOf(sources.filter(isCode))
  const telling = [...new Set(added)].filter((line) => isTelling(line) && !removed.has(line) && !kept.has(line))
  const text = flat(statement.replace(/^[ \t]*[+>][ \t]?/gm, ''))
  const held = telling.filter((line) => text.includes(line))
  const share = held.length / telling.length
  if (held.length === 0 || share < 0.5) return null
  const explanation = `the statement holds ${held.length} of ${telling.length} added lines, such as \`${shown(held[0])}\``
  return { score: 0.5 + share / 2, explanation }
}

/** Lines by which a statement may miss the place it means. */
const slackLines = 3

/** A changed file is named, and a line of it where the patch changes it; where a traceback leads does not count. */
function namesPlace({ statement, sources }: QualityFacts): Evidence | null {
  const text = withoutTracebacks(statement)
  const paths = [...text.matchAll(/[\w.\\/-]*\w\.[A-Za-z]\w{0,7}\b/g)].map(([path]) => path.replaceAll('\\', '/'))
  const matches = [...text.matchAll(/\blines?\s*[:#]?\s*(\d+)|#L(\d+)|\.[a-z]{1,4}:(\d+)\b/gi)]
  const lines = matches.map(([, word, anchor, colon]) => Number(word ?? anchor ?? colon))
  for (const file of sources) {
    if (!paths.some((path) => isSamePath(path, pathOf(file)))) continue
    const line = lines.find((line) => changesLine(file, line))
    if (line !== undefined) {
      return { score: 0.6, explanation: `the statement names ${pathOf(file)} and line ${line}, where it is changed` }
    }
  }
  return null
}

/** One of the paths ends with the other, whole names only. */
function isSamePath(written: string, path: string): boolean {
  return `/${written}`.endsWith(`/${path}`) || `/${path}`.endsWith(`/${written.replace(/^\.?\//, '')}`)
}

function changesLine(file: PatchFile, line: number): boolean {
  return file.hunks.some(({ header, oldCount }) => {
    const start = Number(/^@@ -(\d+)/.exec(header)?.[1])
    return line >= start - slackLines && line <= start + oldCount + slackLines
  })
}

/** More added lines than this cannot be told by naming words. */
const fewLines = 4

const replacementWords =
  /\bshould (?:be|read|say|have been)\b|\binstead of\b|\breplac|\bchang(?:e|ed|ing)\b|\btypo\b|\brename|->|→|=>/i

/** A change of a few lines, of which the statement names each word that comes and each that goes. */
function saysReplacement({ statement, sources }: QualityFacts): Evidence | null {
  const { added, removed } = linesOf(sources.filter(isCode))
  if (added.length === 0 || added.length > fewLines || !replacementWords.test(statement)) return null
  const [after, before] = [new Set(added.flatMap(wordsOf)), new Set([...removed].flatMap(wordsOf))]
  const coming = [...after].filter((word) => !before.has(word))
  const going = [...before].filter((word) => !after.has(word))
  const said = new Set(wordsOf(withoutTracebacks(statement)))
  if (coming.length === 0 || going.length === 0 || ![...coming, ...going].every((word) => said.has(word))) return null
  return {
    score: 0.8,
    explanation: `the statement says to write \`${coming.join(' ')}\` for \`${going.join(' ')}\`, which is the whole change`,
  }
}

function shown(line = ''): string {
  return line.length > 60 ? `${line.slice(0, 57).toWellFormed()}...` : line
}
