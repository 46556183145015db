import type { PatchFile } from './patch.ts'

type HeaderFacts = Pick<PatchFile, 'oldPath' | 'newPath' | 'kind' | 'oldMode' | 'newMode'>

const headerLine =
  /(?:index |old mode |new mode |new file mode |deleted file mode |rename from |rename to |copy from |copy to |similarity index |dissimilarity index |--- |\+\+\+ )/y

/** True where the line at `position` belongs to the header of a file. */
export function isHeaderLine(text: string, position: number): boolean {
  headerLine.lastIndex = position
  return headerLine.test(text)
}

/** Names, kind and modes from the lines before the first hunk. A name that is not UTF-8 holds U+FFFD. */
export function readHeader(lines: readonly string[]): HeaderFacts {
  const value: Lookup = (key) => {
    const line = lines.find((candidate) => candidate.startsWith(key))
    return line?.slice(key.length).replace(/\r$/, '')
  }
  const kind = kindOf(value)
  const [gitOld, gitNew] = namesOfGitLine(value('diff --git ') ?? '')
  const movedFrom = value('rename from ') ?? value('copy from ')
  const movedTo = value('rename to ') ?? value('copy to ')
  return {
    kind,
    oldPath: kind === 'added' ? null : movedFrom ? unquote(movedFrom) : pathOf(value('--- '), gitOld),
    newPath: kind === 'deleted' ? null : movedTo ? unquote(movedTo) : pathOf(value('+++ '), gitNew),
    ...modesOf(value, kind),
  }
}

function modesOf(value: Lookup, kind: PatchFile['kind']): Pick<PatchFile, 'oldMode' | 'newMode'> {
  const both = /^[0-9a-f]+\.\.[0-9a-f]+ (\d+)$/.exec(value('index ') ?? '')?.[1]
  const oldMode = value('deleted file mode ') ?? value('old mode ') ?? both
  const newMode = value('new file mode ') ?? value('new mode ') ?? both
  return {
    ...(oldMode === undefined || kind === 'added' ? {} : { oldMode }),
    ...(newMode === undefined || kind === 'deleted' ? {} : { newMode }),
  }
}

type Lookup = (key: string) => string | undefined

function kindOf(value: Lookup): PatchFile['kind'] {
  if (value('new file mode ') !== undefined || isNull(value('--- '))) return 'added'
  if (value('deleted file mode ') !== undefined || isNull(value('+++ '))) return 'deleted'
  if (value('rename to ') !== undefined) return 'renamed'
  return value('copy to ') === undefined ? 'modified' : 'copied'
}

function isNull(name: string | undefined): boolean {
  return name !== undefined && /^\/dev\/null(?:\t|$)/.test(name)
}

/** The path of a `---` or `+++` line, or the one of the `diff --git` line where there is none. */
function pathOf(name: string | undefined, fallback: string | null): string | null {
  if (name === undefined || isNull(name)) return fallback
  return withoutPrefix(name.startsWith('"') ? unquote(name) : (name.split('\t')[0] ?? ''))
}

/** Both names of a `diff --git` line. Without quotes they hold spaces freely, and are halves that differ in prefix only. */
function namesOfGitLine(names: string): readonly [string | null, string | null] {
  const first = /^"(?:[^"\\]|\\.)*"/.exec(names)?.[0]
  const middle = names.endsWith('"') ? names.indexOf(' "') : (names.length - 1) / 2
  const end = first?.length ?? middle
  const paths = [names.slice(0, end), names.slice(end + 1)].map((name) => withoutPrefix(unquote(name)))
  const [oldPath = null, newPath = null] = paths
  return first === undefined && !names.endsWith('"') && oldPath !== newPath ? [null, null] : [oldPath, newPath]
}

function withoutPrefix(name: string): string | null {
  const slash = name.indexOf('/')
  return slash < 0 ? null : name.slice(slash + 1)
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 }

/** Undoes git's quoting of a path; a path without quotes stays as it is. */
function unquote(name: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(name)?.[1]
  if (quoted === undefined) return name
  const bytes: number[] = []
  for (const [part] of quoted.matchAll(/\\[0-7]{3}|\\.|[^\\]/gsu)) {
    if (/^\\[0-7]/.test(part)) bytes.push(Number.parseInt(part.slice(1), 8) & 0xff)
    else if (part.startsWith('\\')) bytes.push(escapes[part.slice(1)] ?? part.charCodeAt(1))
    else bytes.push(...new TextEncoder().encode(part))
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))
}
