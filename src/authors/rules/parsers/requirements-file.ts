import { parseRequirement, type Requirement } from './requirement.ts'

/** The requirements of a file with everything it includes, and what an index cannot serve. */
export interface RequirementsFile {
  readonly requirements: readonly Requirement[]
  /** Extras asked of the project itself (`-e .[tests]`). */
  readonly projectExtras: readonly string[]
  /** Lines that were left out: URLs, paths, repositories. */
  readonly skipped: readonly string[]
  /** Paths that were read. */
  readonly files: readonly string[]
}

type ReadText = (path: string) => Promise<string | null>

/** Reads a requirements file with its `-r` and `-c` includes; a file that includes itself ends there. */
export async function readRequirementsFile(path: string, read: ReadText): Promise<RequirementsFile | null> {
  const text = await read(path)
  return text === null ? null : readRequirementLines(text.split(/\r?\n/), path, read, [path])
}

/** Reads requirement lines as pip would when they stood in the file `path`. */
export async function readRequirementLines(
  lines: readonly string[],
  path: string,
  read: ReadText,
  above: readonly string[] = [],
): Promise<RequirementsFile> {
  const requirements: Requirement[] = []
  const projectExtras: string[] = []
  const skipped: string[] = []
  const files = [...above]
  for (const line of joined(lines)) {
    const include = /^-(?:U?r|-requirement|c|-constraint)[\s=]*(\S+)/.exec(line)
    const self = /^(?:-e\s*|--editable[\s=]+)?\.\/?(?:\[([^\]]*)\])?$/.exec(line)
    if (include?.[1] !== undefined) {
      const target = resolve(path, include[1])
      if (files.includes(target)) continue
      const text = await read(target)
      if (text === null) skipped.push(line)
      else if (/^-(?:c|-constraint)/.test(line)) files.push(target)
      else {
        const inner = await readRequirementLines(text.split(/\r?\n/), target, read, [...files, target])
        requirements.push(...inner.requirements)
        projectExtras.push(...inner.projectExtras)
        skipped.push(...inner.skipped)
        files.push(...inner.files.filter((file) => !files.includes(file)))
      }
    } else if (self !== null)
      projectExtras.push(
        ...(self[1] ?? '')
          .split(',')
          .map((extra) => extra.trim())
          .filter(Boolean),
      )
    else {
      const requirement = line.startsWith('-') ? null : parseRequirement(line)
      if (requirement === null) skipped.push(line)
      else requirements.push(requirement)
    }
  }
  return { requirements, projectExtras, skipped, files }
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
