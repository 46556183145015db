import type { PatchFile } from './patch.ts'
import { parentsOf, pathFault } from './patch-path.ts'

/** Why a patch cannot or must not be applied. */
type PatchProblemCode =
  | 'E_PATCH_EMPTY'
  | 'E_PATCH_CUT'
  | 'E_PATCH_BINARY'
  | 'E_PATCH_PATH'
  | 'E_PATCH_SYMLINK'
  | 'E_PATCH_SUBMODULE'
  | 'E_PATCH_SIZE'

export interface PatchProblem {
  readonly code: PatchProblemCode
  readonly what: string
  readonly fix: string
}

const patchLimitBytes = 50 * 1024 * 1024
const patchLimitFiles = 10_000
/** Of one binary file as git announces it, before it is unpacked. */
const binaryLimitBytes = 50 * 1024 * 1024

/** Of a refused path in a message. */
const shownPathLength = 300

/** All problems of a scanned patch, in file order; empty where it may be applied. */
export function patchProblems(text: string, files: readonly PatchFile[]): PatchProblem[] {
  if (byteLength(text, patchLimitBytes) > patchLimitBytes)
    return [sizeProblem(`patch has more than ${patchLimitBytes} bytes`)]
  if (files.length > patchLimitFiles)
    return [sizeProblem(`patch touches ${files.length} files, limit ${patchLimitFiles}`)]
  if (files.length === 0) {
    return [{ code: 'E_PATCH_EMPTY', what: 'patch has no hunks', fix: 'give a diff as `git diff --binary` prints it' }]
  }
  const links = new Set(files.filter(makesLink).map((file) => file.newPath ?? ''))
  return files.flatMap((file) => fileProblems(file, links))
}

function fileProblems(file: PatchFile, links: ReadonlySet<string>): PatchProblem[] {
  const paths = [...new Set([file.oldPath, file.newPath])].filter((path) => path !== null)
  const name = paths.at(-1) ?? '(no name)'
  const problems: PatchProblem[] = paths.flatMap((path) => {
    const fault = pathFault(path)
    return fault === null
      ? []
      : [pathProblem(`patch touches ${JSON.stringify(path.slice(0, shownPathLength))}, which ${fault}`)]
  })
  if (paths.length === 0) problems.push(pathProblem('patch has a file header without a usable path'))
  if (file.oldMode === '160000' || file.newMode === '160000') {
    problems.push({
      code: 'E_PATCH_SUBMODULE',
      what: `patch changes the submodule ${name}`,
      fix: 'submodules are not part of an image; leave the change out or the instance',
    })
  }
  const link = problems.length > 0 ? undefined : paths.flatMap(parentsOf).find((parent) => links.has(parent))
  if (link !== undefined) {
    problems.push({
      code: 'E_PATCH_SYMLINK',
      what: `patch makes the link ${link} and writes ${name} through it`,
      fix: 'write the file at its real path',
    })
  }
  return [...problems, ...contentProblems(file, name)]
}

function contentProblems(file: PatchFile, name: string): PatchProblem[] {
  if (file.isBinary) return binaryProblems(file, name)
  const cut = file.hunks.flatMap((hunk) => {
    const gotOld = hunk.removedLines.length + hunk.contextCount
    const gotNew = hunk.addedLines.length + hunk.contextCount
    if (gotOld === hunk.oldCount && gotNew === hunk.newCount) return []
    const what = Number.isNaN(hunk.oldCount)
      ? `${name}: hunk header ${JSON.stringify(hunk.header)} cannot be read`
      : `${name}: hunk ${hunk.header} expects ${hunk.oldCount} old and ${hunk.newCount} new lines, got ${gotOld} and ${gotNew}`
    return [{ code: 'E_PATCH_CUT', what, fix: 'the patch was cut or edited; give it whole' } as const]
  })
  if (file.hunks.length > 0) return cut
  const isEffective = file.kind !== 'modified' || file.oldMode !== file.newMode
  if (isEffective && !/^(?:---|\+\+\+) /m.test(file.text.slice(file.text.search(/^diff --git /m)))) return []
  return [{ code: 'E_PATCH_EMPTY', what: `${name} has a header and no hunks`, fix: 'give the patch whole' }]
}

function binaryProblems(file: PatchFile, name: string): PatchProblem[] {
  if (!file.hasBinaryData) {
    const fix = 'it cannot be applied; make the patch with `git diff --binary`'
    return [{ code: 'E_PATCH_BINARY', what: `${name} has no binary data`, fix }]
  }
  const sizes = [...file.text.matchAll(/^(?:literal|delta) (\d+)\r?$/gm)].map((match) => Number(match[1]))
  if (sizes.length === 0) {
    return [{ code: 'E_PATCH_CUT', what: `${name}: binary patch without data`, fix: 'give the patch whole' }]
  }
  const largest = Math.max(...sizes)
  return largest > binaryLimitBytes
    ? [sizeProblem(`${name} has ${largest} binary bytes, limit ${binaryLimitBytes}`)]
    : []
}

function makesLink(file: PatchFile): boolean {
  return file.newPath !== null && file.newMode === '120000'
}

function pathProblem(what: string): PatchProblem {
  const fix = 'only plain paths inside the repository, behind the prefixes a/ and b/, can be patched'
  return { code: 'E_PATCH_PATH', what, fix }
}

function sizeProblem(what: string): PatchProblem {
  return { code: 'E_PATCH_SIZE', what, fix: 'leave the instance out' }
}

/** UTF-8 bytes of the text; where it is surely within the limit, an estimate that is not below them. */
function byteLength(text: string, limitBytes: number): number {
  return text.length * 3 <= limitBytes ? text.length * 3 : new TextEncoder().encode(text).byteLength
}
