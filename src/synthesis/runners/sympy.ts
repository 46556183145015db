import type { RunnerAdapter } from './adapter.ts'
import { parseShimReport, underShim } from './shim.ts'

/** `python bin/test -C --verbose files…`: sympy's own runner; test names are `file::function`. */
export const sympyAdapter: RunnerAdapter = {
  // Without this option sympy runs its tests in a child process, where nothing would be recorded.
  graded: (argv, reportPath) => underShim([...argv, '--no-subprocess'], 'record_sympy.py', reportPath),
  shuffled: () => null,
  without: () => null,
  parse: (report) => parseShimReport(report),
}
