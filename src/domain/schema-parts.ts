import * as v from 'valibot'
import type { AuthorName, Runner } from './environment.ts'
import type { RunPurpose } from './eval-run.ts'
import type { TestOutcome } from './test-report.ts'

export const count = v.pipe(v.number(), v.integer(), v.minValue(0))
export const durationMs = v.pipe(v.number(), v.minValue(0))
export const strings = v.array(v.string())
export const digests = v.record(v.string(), v.string())

/** The members of a union of strings; a member left out does not compile. */
function oneOf<T extends string>(members: Readonly<Record<T, true>>) {
  return v.picklist(Object.keys(members) as T[])
}

export const author = oneOf<AuthorName>({ rules: true, model: true, auto: true, published: true })
const runner = oneOf<Runner>({ pytest: true, unittest: true, django: true, sympy: true })
export const testCommand = v.looseObject({ runner, argv: strings })
const outcome = oneOf<TestOutcome>({
  passed: true,
  failed: true,
  error: true,
  skipped: true,
  xfailed: true,
  xpassed: true,
})
export const outcomes = v.record(v.string(), outcome)
export const purpose = oneOf<RunPurpose>({
  'test-only': true,
  'with-fix': true,
  'control-sabotaged-gold': true,
  'control-forged-results': true,
  'control-stubbed-runner': true,
  'control-tests-removed': true,
  'script-test-only': true,
  'script-with-fix': true,
  grade: true,
  'grade-canary': true,
})
export const end = v.variant('kind', [
  v.object({ kind: v.literal('exited'), exitCode: v.pipe(v.number(), v.integer()) }),
  v.object({ kind: v.literal('timed-out'), afterMs: durationMs }),
  v.object({ kind: v.literal('out-of-memory'), limitBytes: count }),
  v.object({ kind: v.literal('disk-limit'), limitBytes: count }),
  v.object({ kind: v.literal('output-limit'), limitBytes: count }),
])

const report = v.looseObject({
  outcomes,
  collectionErrors: v.array(v.object({ name: v.string(), message: v.string() })),
})

export const evalRun = v.looseObject({
  purpose,
  end,
  report: v.nullable(report),
  markedExitCode: v.exactOptional(v.nullable(v.pipe(v.number(), v.integer()))),
  conditions: strings,
  durationMs,
  output: v.string(),
})

export const instance = v.looseObject({
  instance_id: v.string(),
  repo: v.string(),
  base_commit: v.string(),
  patch: v.string(),
  test_patch: v.string(),
  problem_statement: v.string(),
  version: v.exactOptional(v.string()),
  language: v.exactOptional(v.string()),
  end_commit: v.exactOptional(v.string()),
  created_at: v.exactOptional(v.string()),
  hints_text: v.exactOptional(v.string()),
  pull_number: v.exactOptional(v.number()),
  license_name: v.exactOptional(v.string()),
  FAIL_TO_PASS: v.exactOptional(strings),
  PASS_TO_PASS: v.exactOptional(strings),
  published: v.exactOptional(v.looseObject({ Dockerfile: v.string(), eval_script: v.string() })),
})

export const limits = v.looseObject({
  cpus: v.number(),
  memoryBytes: count,
  pids: count,
  fileSizeBytes: count,
  diskBytes: count,
  outputBytes: count,
  timeoutMs: count,
  shmBytes: v.exactOptional(count),
  tmpfsBytes: v.exactOptional(count),
})

/** Of what was asked for: any of them. */
export const someLimits = v.object({
  cpus: v.exactOptional(v.number()),
  memoryBytes: v.exactOptional(count),
  pids: v.exactOptional(count),
  fileSizeBytes: v.exactOptional(count),
  diskBytes: v.exactOptional(count),
  outputBytes: v.exactOptional(count),
  timeoutMs: v.exactOptional(count),
  shmBytes: v.exactOptional(count),
  tmpfsBytes: v.exactOptional(count),
})

export const environment = v.looseObject({
  dockerfile: v.string(),
  testCommand,
  evalScript: v.string(),
  evalScriptSkeleton: v.string(),
  imageId: v.string(),
  imageTag: v.string(),
})
