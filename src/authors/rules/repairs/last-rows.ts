import type { EvalRun } from '../../../domain/eval-run.ts'
import { testsThat } from '../../../domain/test-report.ts'
import type { RepairRow } from './repair-row.ts'

/** More than this many tests that fail either way speak of a broken environment. */
const deselectLimit = 50
/** And so does more than this share of all tests. */
const deselectShare = 0.25

/** What is left when nothing else explains a failure. */
export const lastRows: readonly RepairRow[] = [
  {
    name: 'failing-either-way',
    why: 'tests that fail with and without the fix say nothing about it',
    from: ['run'],
    sees: /^/g,
    change: (_, { plan, evidence }) => {
      const tests = plan.runner === 'pytest' ? failingEitherWay(evidence.runs) : []
      return tests.length === 0 ? null : { kind: 'test-options', options: tests.map((test) => `--deselect=${test}`) }
    },
  },
]

/** Tests that fail in every run, where some test passes only with the fix and the share is small. */
function failingEitherWay(runs: readonly EvalRun[]): string[] {
  const before = runs.find((run) => run.purpose === 'test-only')?.report
  const after = runs.find((run) => run.purpose === 'with-fix')?.report
  if (!before || !after || after.collectionErrors.length > 0) return []
  const failed = testsThat(after, 'failed', 'error')
  const failedBefore = new Set(testsThat(before, 'failed', 'error'))
  const passedBefore = new Set(testsThat(before, 'passed'))
  const isFixVisible = testsThat(after, 'passed').some((test) => !passedBefore.has(test))
  const isEitherWay = failed.length > 0 && failed.every((test) => failedBefore.has(test))
  const limit = Math.min(deselectLimit, Object.keys(after.outcomes).length * deselectShare)
  return isFixVisible && isEitherWay && failed.length <= limit ? failed : []
}
