import { patchProblems } from './patch-problem.ts'
import { scanPatch } from './patch-scan.ts'
import { isTestPath } from './test-path.ts'

/** One `@@` hunk. Lines are without their sign and `\n`; a `\r` or any other separator stays in them. */
export interface PatchHunk {
  /** The `@@` line. */
  readonly header: string
  /** Lines of the old and of the new file that the header announces. */
  readonly oldCount: number
  readonly newCount: number
  readonly addedLines: readonly string[]
  readonly removedLines: readonly string[]
  readonly contextCount: number
  /** The hunk's exact slice of the patch, header included. */
  readonly text: string
}

/** What a patch does to one file. Paths are without `a/` and `b/`, decoded where git quoted them. */
export interface PatchFile {
  /** Null where the file is added. */
  readonly oldPath: string | null
  /** Null where the file is deleted. */
  readonly newPath: string | null
  readonly kind: 'modified' | 'added' | 'deleted' | 'renamed' | 'copied'
  readonly isBinary: boolean
  /** True where the patch carries the binary content (`GIT binary patch`), so that it can be applied. */
  readonly hasBinaryData: boolean
  /** As git writes it, such as `100644`. */
  readonly oldMode?: string
  readonly newMode?: string
  readonly hunks: readonly PatchHunk[]
  /** Exact slice of the patch. Mail headers before a file belong to it, so that all texts joined are the patch. */
  readonly text: string
}

export type ParsedPatch =
  | { readonly kind: 'parsed'; readonly files: readonly PatchFile[] }
  /** Each problem reads `E_PATCH_…: what — fix`. */
  | { readonly kind: 'unusable'; readonly problems: readonly string[] }

/** The facts of a git or unified diff, or why it cannot or must not be applied. Says nothing about any tree. */
export function parsePatch(text: string): ParsedPatch {
  const files = scanPatch(text)
  const problems = patchProblems(text, files)
  if (problems.length === 0) return { kind: 'parsed', files }
  return { kind: 'unusable', problems: problems.map(({ code, what, fix }) => `${code}: ${what} — ${fix}`) }
}

/** Where the file is after the patch, or was before it is deleted. */
export function pathOf(file: PatchFile): string {
  return file.newPath ?? file.oldPath ?? ''
}

/** Sorts the files of a patch into source and tests, each byte for byte and in order; works on damaged patches too. */
export function splitPatch(text: string): { patch: string; test_patch: string } {
  const files = scanPatch(text)
  if (files.length === 0) return { patch: text, test_patch: '' }
  const join = (wanted: boolean) =>
    files
      .filter((file) => isTestPath(pathOf(file)) === wanted)
      .map((file) => file.text)
      .join('')
  return { patch: join(false), test_patch: join(true) }
}

/**
 * Dotted names of the Python modules and packages that a patch brings into being, so that a failed import of one is
 * expected without it. A leading `lib/` and all up to the last `src/` are not part of a name.
 */
export function addedModules(text: string): string[] {
  const names = new Set<string>()
  for (const file of scanPatch(text)) {
    if (file.kind === 'modified' || file.kind === 'deleted' || file.newPath === null) continue
    const match = /^(?:(?:.*\/)?src\/|lib\/)?((?:[^\W\d]\w*\/)*[^\W\d]\w*)\.pyx?$/.exec(file.newPath)
    const name = match?.[1]?.replace(/\/?__init__$/, '').replaceAll('/', '.')
    if (name) names.add(name)
  }
  return [...names].sort()
}
