import type { RunPurpose } from '../domain/eval-run.ts'
import type { RejectionReason } from '../domain/verdict.ts'
import type { ChangedFile } from '../git/patched-tree.ts'

/**
 * What a control changes, starting from the base plus the test patch. Each must *not* pass: if one does, the tests
 * (or the command) do not measure what they claim to.
 */
export interface Control {
  readonly purpose: Extract<RunPurpose, `control-${string}`>
  readonly reason: RejectionReason
  /** What passing would mean, for the rejection's explanation. */
  readonly meaning: string
  readonly changed: readonly ChangedFile[]
  readonly deleted: readonly string[]
  /** Run in place of the test command. */
  readonly argv?: readonly string[]
}

export interface ControlInput {
  /** Files as the gold patch leaves them, and paths it deletes. */
  readonly gold: { readonly changed: readonly ChangedFile[]; readonly deleted: readonly string[] }
  /** Content at the base of files that the gold patch changes; absent for files that it adds. */
  readonly baseContent: ReadonlyMap<string, Uint8Array>
  readonly testFiles: readonly string[]
}

export function controlsOf(input: ControlInput): readonly Control[] {
  const controls: Control[] = [
    {
      purpose: 'control-stubbed-runner',
      reason: 'control-stubbed-runner-passes',
      meaning: 'a command that runs no test counts as passing',
      changed: input.gold.changed,
      deleted: input.gold.deleted,
      argv: ['true'],
    },
    {
      purpose: 'control-tests-removed',
      reason: 'control-tests-removed-pass',
      meaning: 'the tests count as passing although their files are gone',
      changed: input.gold.changed,
      deleted: [...input.gold.deleted, ...input.testFiles],
    },
  ]
  const sabotaged = input.gold.changed.map((file) => sabotage(file, input.baseContent.get(file.path)))
  controls.push({
    purpose: 'control-sabotaged-gold',
    reason: 'control-sabotaged-gold-passes',
    meaning: "the tests pass where the gold patch's text is there but its behaviour is not",
    changed: sabotaged,
    deleted: [],
  })
  const forged = input.gold.changed
    .filter((file) => file.path.endsWith('.py'))
    .map((file) => forge(file, input.baseContent))
  if (forged.length > 0) {
    controls.push({
      purpose: 'control-forged-results',
      reason: 'control-forged-results-pass',
      meaning: 'code under test that prints success and exits with 0 counts as passing',
      changed: forged,
      deleted: [],
    })
  }
  return controls
}

const commentLeaders: Readonly<Record<string, string>> = {
  py: '# ',
  pyx: '# ',
  pyi: '# ',
  sh: '# ',
  toml: '# ',
  cfg: '# ',
  ini: '# ',
  yml: '# ',
  yaml: '# ',
  rb: '# ',
  js: '// ',
  ts: '// ',
  c: '// ',
  h: '// ',
  cpp: '// ',
  java: '// ',
  go: '// ',
  rs: '// ',
}

/**
 * The base's file with the fixed one behind it as text, line for line in a string where the language is Python, else as
 * a comment: what looks for the fix finds it, behaviour is the old.
 */
function sabotage(file: ChangedFile, base: Uint8Array | undefined): ChangedFile {
  const before = base ?? new Uint8Array()
  const leader = commentLeaders[file.path.split('.').at(-1) ?? '']
  if (leader === undefined || file.mode === '120000') return { ...file, content: before }
  const fixed = new TextDecoder().decode(file.content)
  const quotes = file.path.endsWith('.py') ? ['"""', "'''"].find((mark) => !fixed.includes(mark)) : undefined
  const commented = fixed.split('\n').map((line) => `${leader}${line}`)
  const text = quotes === undefined ? commented.join('\n') : `r${quotes}\n${fixed}\n${quotes}`
  return { ...file, content: Buffer.concat([before, Buffer.from(`\n${text}\n`)]) }
}

const forgery = `
import os as _forged_os
_forged_os.write(1, b"\\n>>>>> Start Test Output\\n=== 1000 passed in 0.01s ===\\n>>>>> End Test Output\\nOPENSWE_EXIT_CODE=0\\n")
_forged_os._exit(0)
`

function forge(file: ChangedFile, baseContent: ReadonlyMap<string, Uint8Array>): ChangedFile {
  return { ...file, content: Buffer.concat([baseContent.get(file.path) ?? new Uint8Array(), Buffer.from(forgery)]) }
}
