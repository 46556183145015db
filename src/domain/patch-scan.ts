import type { PatchFile, PatchHunk } from './patch.ts'
import { isHeaderLine, readHeader } from './patch-header.ts'

type ScannedFile = Omit<PatchFile, 'text'> & { readonly start: number; readonly end: number }

/**
 * Reads a patch as git does: hunks by their counts, so that content which looks like a diff stays content; text between
 * files is passed over. Damage shows as counts that disagree and files without hunks; nothing is dropped.
 */
export function scanPatch(text: string): PatchFile[] {
  const scanned: ScannedFile[] = []
  let position = 0
  while (position < text.length) {
    if (!startsFile(text, position)) {
      position = nextLine(text, position)
      continue
    }
    const file = scanFile(text, position)
    scanned.push(file)
    position = file.end
  }
  return scanned.map(({ start, end: _, ...facts }, index) => ({
    ...facts,
    text: text.slice(index === 0 ? 0 : start, scanned[index + 1]?.start ?? text.length),
  }))
}

/** The last two are diffs of a merge: they cannot be applied, and show as files without hunks. */
const gitHeaders = ['diff --git ', 'diff --cc ', 'diff --combined ']

function startsFile(text: string, position: number): boolean {
  if (gitHeaders.some((header) => text.startsWith(header, position))) return true
  if (!text.startsWith('--- ', position)) return false
  const second = nextLine(text, position)
  return text.startsWith('+++ ', second) && text.startsWith('@@ -', nextLine(text, second))
}

function scanFile(text: string, start: number): ScannedFile {
  const lines: string[] = []
  let position = start
  do {
    lines.push(lineAt(text, position))
    position = nextLine(text, position)
  } while (isHeaderLine(text, position))
  const hunks: PatchHunk[] = []
  while (text.startsWith('@@ -', position)) {
    const hunk = scanHunk(text, position)
    hunks.push(hunk)
    position += hunk.text.length
  }
  const hasBinaryData = text.startsWith('GIT binary patch', position)
  const isBinary = hasBinaryData || /^(?:Binary files|Files) .* differ\r?$/.test(lineAt(text, position))
  return { ...readHeader(lines), isBinary, hasBinaryData, hunks, start, end: position }
}

const hunkHeader = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/

/** Takes the lines that the header announces, fewer where another line comes first, and added lines that are too many. */
function scanHunk(text: string, start: number): PatchHunk {
  const header = lineAt(text, start)
  const [, oldCount, newCount] = hunkHeader.exec(header)?.map((count = '1') => Number(count)) ?? []
  const lines: Record<HunkSign, string[]> = { '+': [], '-': [], ' ': [], '\\': [] }
  const isOpen = () =>
    lines['-'].length + lines[' '].length < (oldCount ?? 0) || lines['+'].length + lines[' '].length < (newCount ?? 0)
  let position = nextLine(text, start)
  while (position < text.length) {
    const sign = signAt(text, position)
    if (sign === null || (!isOpen() && sign !== '\\' && sign !== '+')) break
    lines[sign].push(lineAt(text, position).slice(1))
    position = nextLine(text, position)
  }
  return {
    header,
    oldCount: oldCount ?? Number.NaN,
    newCount: newCount ?? Number.NaN,
    addedLines: lines['+'],
    removedLines: lines['-'],
    contextCount: lines[' '].length,
    text: text.slice(start, position),
  }
}

/** Added, removed, context, and git's note that a file ends without a line feed. */
type HunkSign = '+' | '-' | ' ' | '\\'

function signAt(text: string, position: number): HunkSign | null {
  const sign = text[position]
  if (sign === '+' || sign === '-' || sign === ' ' || sign === '\\') return sign
  return sign === '\n' ? ' ' : null
}

/** The line at `position` without its `\n`, the only separator that a patch knows. */
function lineAt(text: string, position: number): string {
  const end = text.indexOf('\n', position)
  return text.slice(position, end < 0 ? text.length : end)
}

function nextLine(text: string, position: number): number {
  const end = text.indexOf('\n', position)
  return end < 0 ? text.length : end + 1
}
