import type { RunEnd, RunPurpose } from './eval-run.ts'
import type { TestOutcome } from './test-report.ts'

/** What one run contributed to the decision. */
export interface ProofRun {
  readonly purpose: RunPurpose
  readonly end: RunEnd
  /** Null where the runner left no readable report. */
  readonly outcomes: Readonly<Record<string, TestOutcome>> | null
  readonly conditions: readonly string[]
  readonly durationMs: number
}

/** Everything that an acceptance rests on, so that somebody else can repeat and check it. JSON in, JSON out. */
export interface Proof {
  /** SHA-256 of each input, by name: `patch`, `test_patch`, `dockerfile`, `evalScript`, `testCommand` … */
  readonly inputs: Readonly<Record<string, string>>
  /** Git tree ids by state: `base`, `test-only`, `with-fix` … */
  readonly trees: Readonly<Record<string, string>>
  readonly imageId: string
  readonly runs: readonly ProofRun[]
  /** Controls that were run; each must not have passed. */
  readonly controls: readonly { readonly name: string; readonly outcome: string }[]
  /** What the leak audit looked at, counted by name. */
  readonly audit: Readonly<Record<string, number>>
  /** Conditions the runs were varied under (`--strict`). */
  readonly conditions: readonly string[]
  /** Versions of what took part: `openswe`, `docker`, `git` … */
  readonly tools: Readonly<Record<string, string>>
}
