import { parseRequirement, type Requirement } from './requirement.ts'

/** The requirements of a file with everything it includes, without what an index cannot serve. */
export interface RequirementsFile {
  readonly requirements: readonly Requirement[]
  /** Extras asked of the project itself (`-e .[tests]`). */
  readonly projectExtras: readonly string[]
  /** Paths that were read. */
  readonly files: readonly string[]
}

type ReadText = (path: string) => Promise<string | null>

/** Reads a requirements file with its `-r` includes; a file that includes itself ends there. Bounds by `-c` are left out. */
export async function readRequirementsFile(path: string, read: ReadText): Promise<RequirementsFile | null> {
  const text = await read(path)
  return text === null ? null : readRequirementLines(text.split(/\r?\n/), path, read, [path])
}

/** Reads requirement lines as pip would when they stood in the file `path`; files in `above` are not read again. */
export async function readRequirementLines(
  lines: readonly string[],
  path: string,
  read: ReadText,
  above: readonly string[] = [],
): Promise<RequirementsFile> {
  const found: Found = { requirements: [], projectExtras: [], files: [...above] }
  for (const line of joined(lines)) {
    const include = /^-(?:U?r|-requirement)[\s=]*(\S+)/.exec(line)?.[1]
    if (include === undefined) readLine(line, found)
    else await readInclude(resolve(path, include), read, found)
  }
  return found
}

interface Found extends RequirementsFile {
  readonly requirements: Requirement[]
  readonly projectExtras: string[]
  readonly files: string[]
}

function readLine(line: string, found: Found): void {
  const self = /^(?:-e\s*|--editable[\s=]+)?\.\/?(?:\[([^\]]*)\])?$/.exec(line)
  const requirement = line.startsWith('-') ? null : parseRequirement(line)
  if (self !== null) found.projectExtras.push(...(self[1] ?? '').split(/[\s,]+/).filter((extra) => extra !== ''))
  else if (requirement !== null) found.requirements.push(requirement)
}

async function readInclude(path: string, read: ReadText, found: Found): Promise<void> {
  const text = found.files.includes(path) ? null : await read(path)
  if (text === null) return
  const inner = await readRequirementLines(text.split(/\r?\n/), path, read, [...found.files, path])
  found.requirements.push(...inner.requirements)
  found.projectExtras.push(...inner.projectExtras)
  found.files.push(...inner.files.filter((file) => !found.files.includes(file)))
}

/** Lines without comments, continuations joined. */
function joined(lines: readonly string[]): string[] {
  return lines
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '' && !/^--(?!requirement|constraint|editable)/.test(line))
}

/** A path relative to the folder of another, without leaving the tree. */
function resolve(from: string, target: string): string {
  const cleaned = target.replace(/^\{toxinidir\}\//, '/')
  const parts = cleaned.startsWith('/') ? [] : from.split('/').slice(0, -1)
  for (const part of cleaned.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}
