import { type PatchFile, pathOf, splitPatch } from '../domain/patch.ts'
import { patchProblems } from '../domain/patch-problem.ts'
import { scanPatch } from '../domain/patch-scan.ts'
import type { RowProblem } from './problem.ts'

export type RowPatches =
  | {
      readonly kind: 'usable'
      readonly patch: string
      readonly test_patch: string
      readonly warnings: readonly RowProblem[]
    }
  | { readonly kind: 'unusable'; readonly problems: readonly RowProblem[] }

/** Checks both patches of a row. Where `test_patch` is empty, the test files of `patch` become it. */
export function checkPatches(patch: string, test_patch: string): RowPatches {
  if (test_patch.trim() === '') return checkMixed(patch)
  const files = scanPatch(patch)
  const testFiles = scanPatch(test_patch)
  const problems = [...problemsOf('patch', patch, files), ...problemsOf('test_patch', test_patch, testFiles)]
  if (problems.length > 0) return { kind: 'unusable', problems }
  return { kind: 'usable', patch, test_patch, warnings: overlap(files, testFiles) }
}

function checkMixed(mixed: string): RowPatches {
  const problems = problemsOf('patch', mixed, scanPatch(mixed))
  if (problems.length > 0) return { kind: 'unusable', problems }
  const { patch, test_patch } = splitPatch(mixed)
  if (test_patch === '') {
    return empty(
      '"test_patch" is empty and "patch" touches no test file — give the pull request\'s tests as "test_patch"',
    )
  }
  if (patch === '') return empty('"patch" touches test files only — give the change that the tests are for')
  return { kind: 'usable', patch, test_patch, warnings: [] }
}

function problemsOf(field: string, text: string, files: readonly PatchFile[]): RowProblem[] {
  return patchProblems(text, files).map(({ code, what, fix }) => ({
    severity: 'error',
    code,
    message: `"${field}": ${what} — ${fix}`,
  }))
}

function empty(message: string): RowPatches {
  return { kind: 'unusable', problems: [{ severity: 'error', code: 'E_PATCH_EMPTY', message }] }
}

function overlap(files: readonly PatchFile[], testFiles: readonly PatchFile[]): RowProblem[] {
  const testPaths = new Set(testFiles.map(pathOf))
  const both = files.map(pathOf).filter((path) => testPaths.has(path))
  if (both.length === 0) return []
  const message = `${both.slice(0, 5).join(', ')} in both "patch" and "test_patch" — applied in this order; keep each file in one`
  return [{ severity: 'warning', code: 'E_PATCH_OVERLAP', message }]
}
