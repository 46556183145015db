import { labelsFor } from '../docker/labels.ts'
import { type TestCommand, testbedPath } from '../domain/environment.ts'
import type { EvalRun, RunPurpose } from '../domain/eval-run.ts'
import { type Evidence, type Judgement, judge, prunableTests, type Rejection } from '../domain/judge.ts'
import type { Stage } from '../domain/synthesis-event.ts'
import { hasFailures, testsThat } from '../domain/test-report.ts'
import type { Acceptance, RejectionReason } from '../domain/verdict.ts'
import { auditBytecode } from './bytecode-audit.ts'
import { conditionsOf } from './conditions.ts'
import { type Control, controlsOf } from './controls.ts'
import { fillSkeleton, renderSkeleton } from './eval-script.ts'
import { type EvalContext, runEvalScript, runTests } from './evaluate.ts'
import { type AuditInput, type AuditReport, auditImage } from './leak-audit.ts'
import { adapterOf } from './runners/adapter.ts'
import type { Subject } from './subject.ts'
import { importRootsOf } from './test-command-rules.ts'
import { differencesFrom, evalScriptPath, makeTestImage, type TestImage } from './test-image.ts'

export interface ValidationOptions {
  readonly repeats: { readonly testOnly: number; readonly withFix: number }
  readonly isStrict: boolean
  readonly onStage: (stage: Stage) => void
}

/** Everything that was measured, accepted or not. */
export interface Validation {
  readonly outcome: ({ readonly kind: 'accepted' } & Acceptance) | Rejection
  /** The command as validated: tests that fail with and without the fix, or are flaky, are left out of it. */
  readonly command: TestCommand
  readonly evalScript: string
  readonly runs: readonly EvalRun[]
  readonly audit: AuditReport
}

/** How often tests may be left out of the command before the instance is rejected. */
const maxPrunings = 3

/**
 * Decides about a built environment. Rules decide; the author is not asked. The image is looked at from outside before
 * anything of it is run, so that what is planted in it is called by its own name and not by what it does to the tests.
 * Throws FaultError where the engine fails.
 */
export async function validate(
  context: EvalContext,
  subject: Subject,
  environment: {
    readonly imageId: string
    readonly command: TestCommand
    /** What the image was built on, which the audit leaves out. */
    readonly base: AuditInput['base']
  },
  options: ValidationOptions,
): Promise<Validation> {
  options.onStage('audit')
  const audit = await auditImage({
    ...subject.audit,
    base: environment.base,
    importRoots: importRootsOf(environment.command),
    engine: context.engine,
    imageId: environment.imageId,
    labels: labelsFor(context.runId, context.instanceId, 'eval'),
    signal: context.signal,
  })
  const finding = audit.findings[0]
  const refused = finding ? rejected(finding.reason, explain(audit)) : null

  const measured = refused
    ? { judgement: refused, command: environment.command, runs: [] }
    : await evaluate(context, subject, environment, audit, options)
  const skeleton = renderSkeleton(measured.command)
  const evalScript = fillSkeleton(skeleton, subject.instance.test_patch) ?? ''
  const base = { command: measured.command, evalScript, runs: measured.runs, audit }
  if (measured.judgement.kind === 'rejected') return { ...base, outcome: measured.judgement }
  const { kind: _, ...acceptance } = measured.judgement

  options.onStage('controls')
  const controls = await runControls(context, subject, environment.imageId, measured.command, acceptance)
  if (controls.rejection) return { ...base, runs: [...base.runs, ...controls.runs], outcome: controls.rejection }
  const scripts = await runScripts(context, subject, environment.imageId, base.evalScript)
  const runs = [...base.runs, ...controls.runs, ...scripts.runs]
  return { ...base, runs, outcome: scripts.rejection ?? { kind: 'accepted', ...acceptance } }
}

async function evaluate(
  context: EvalContext,
  subject: Subject,
  environment: { readonly imageId: string; readonly command: TestCommand },
  audit: AuditReport,
  options: ValidationOptions,
): Promise<Measured> {
  options.onStage('evaluate')
  await using testOnly = await makeTestImage(context, environment.imageId, subject.states.testOnly)
  await using withFix = await makeTestImage(context, environment.imageId, subject.states.withFix)
  const differing =
    (await treeProblem(context, subject, 'testOnly', testOnly)) ??
    (await treeProblem(context, subject, 'withFix', withFix))
  if (differing) return { judgement: differing, command: environment.command, runs: [] }
  const measured = await measure(context, subject, { testOnly, withFix }, environment.command, options)
  if (measured.judgement.kind === 'rejected') return measured
  const planted = plantedTest(measured.judgement, subject)
  if (planted !== undefined) {
    const explanation = `the tests of ${planted} ran, which neither the commit nor a patch has`
    return { ...measured, judgement: rejected('testbed-differs-from-base', explanation) }
  }
  const inTestbed = audit.bytecodeFolders.filter((folder) => folder.startsWith(`${testbedPath}/`))
  const finding =
    (await auditBytecode(context, testOnly.imageId, audit.bytecodeFolders)) ??
    (await auditBytecode(context, withFix.imageId, inTestbed))
  return finding === null ? measured : { ...measured, judgement: rejected(finding.reason, finding.explanation) }
}

/** The file of a test, where its name tells it, that is not of the patched repository. */
function plantedTest({ FAIL_TO_PASS, PASS_TO_PASS }: Acceptance, subject: Subject): string | undefined {
  const paths = subject.manifests.withFix
  // The runner's own root may be below that of the repository.
  const isTracked = (file: string) => paths.has(file) || [...paths.keys()].some((path) => path.endsWith(`/${file}`))
  const files = new Set([...FAIL_TO_PASS, ...PASS_TO_PASS].map((name) => name.split('::')[0] ?? ''))
  return [...files].find((file) => file.endsWith('.py') && !isTracked(file))
}

function rejected(reason: RejectionReason, explanation: string): Rejection {
  return { kind: 'rejected', reason, explanation }
}

function explain(audit: AuditReport): string {
  const first = audit.findings[0]?.explanation ?? ''
  return audit.findings.length > 1 ? `${first} (and ${audit.findings.length - 1} more findings)` : first
}

async function treeProblem(
  context: EvalContext,
  subject: Subject,
  state: 'testOnly' | 'withFix',
  image: TestImage,
): Promise<Rejection | null> {
  const differing = await differencesFrom(context.engine, image.imageId, subject.manifests[state], context.signal)
  if (differing.length === 0) return null
  const explanation = `${differing.length} files of /testbed are not as in the commit and its patches, such as ${differing[0]}`
  return rejected('testbed-differs-from-base', explanation)
}

interface Measured {
  readonly judgement: Judgement
  readonly command: TestCommand
  readonly runs: readonly EvalRun[]
}

/** One run of each kind first; the repeats are paid for only where that pair is sound. */
async function measure(
  context: EvalContext,
  subject: Subject,
  images: { readonly testOnly: TestImage; readonly withFix: TestImage },
  firstCommand: TestCommand,
  options: ValidationOptions,
): Promise<Measured> {
  const earlier: EvalRun[] = []
  let command = firstCommand
  let first: Judgement | null = null
  for (let prunings = 0; ; prunings += 1) {
    const evidence = await collectEvidence(context, subject, images, command, options)
    const judgement = judge(evidence)
    first ??= judgement
    const runs = [...earlier, ...evidence.testOnly, ...evidence.withFix]
    if (isNoTestRun(judgement) && prunings > 0) return { judgement: first, command: firstCommand, runs }
    const pruned = prunings < maxPrunings ? withoutUnsteady(evidence, judgement, command, subject) : null
    if (pruned === null) return { judgement, command, runs }
    earlier.push(...evidence.testOnly, ...evidence.withFix)
    command = pruned
  }
}

/** The runner that could leave tests out is not there: then what was found with the other one stands. */
function isNoTestRun(judgement: Judgement): boolean {
  return judgement.kind === 'rejected' && judgement.reason === 'not-a-test-run'
}

async function collectEvidence(
  context: EvalContext,
  subject: Subject,
  images: { readonly testOnly: TestImage; readonly withFix: TestImage },
  command: TestCommand,
  options: ValidationOptions,
): Promise<Evidence> {
  const testOnly: EvalRun[] = []
  const withFix: EvalRun[] = []
  const evidence: Evidence = { testOnly, withFix, isExplained: subject.isExplained }
  const once = async (purpose: RunPurpose, image: TestImage, into: EvalRun[]) => {
    const conditions = conditionsOf(into.length, options.isStrict)
    into.push(await runTests(context, { purpose, imageId: image.imageId, command }, conditions))
  }
  await once('with-fix', images.withFix, withFix)
  await once('test-only', images.testOnly, testOnly)
  const first = judge(evidence)
  if (first.kind === 'rejected') {
    if (mayBeChance(first, withFix)) await once('with-fix', images.withFix, withFix)
    return evidence
  }
  while (withFix.length < options.repeats.withFix) await once('with-fix', images.withFix, withFix)
  while (testOnly.length < options.repeats.testOnly) await once('test-only', images.testOnly, testOnly)
  return evidence
}

/** A second look tells tests that fail with the fix from tests that pass by chance; what broke earlier needs none. */
function mayBeChance(judgement: Rejection, withFix: readonly EvalRun[]): boolean {
  const report = withFix[0]?.report
  if (judgement.reason !== 'tests-fail-with-fix' || !report) return false
  return report.collectionErrors.length === 0 && testsThat(report, 'failed').length > 0
}

/** The command without tests that say nothing about the fix, where that is why the runs are not sound. */
function withoutUnsteady(
  evidence: Evidence,
  judgement: Judgement,
  command: TestCommand,
  subject: Subject,
): TestCommand | null {
  const tests =
    judgement.kind === 'sound'
      ? judgement.flakyTests
      : judgement.reason === 'tests-fail-with-fix' || judgement.reason === 'flaky-fail-to-pass'
        ? (prunableTests(evidence, subject.testPatchLines) ?? [])
        : []
  if (tests.length === 0) return null
  return adapterOf(command).without(command.argv, tests)
}

interface Checked {
  readonly rejection: Rejection | null
  readonly runs: readonly EvalRun[]
}

async function runControls(
  context: EvalContext,
  subject: Subject,
  imageId: string,
  command: TestCommand,
  acceptance: Acceptance,
): Promise<Checked> {
  const runs: EvalRun[] = []
  for (const control of controlsOf(subject.controls)) {
    const run = await runControl(context, subject, imageId, command, control)
    runs.push(run)
    if (passes(run, acceptance)) return { rejection: rejected(control.reason, control.meaning), runs }
  }
  return { rejection: null, runs }
}

async function runControl(
  context: EvalContext,
  subject: Subject,
  imageId: string,
  command: TestCommand,
  control: Control,
): Promise<EvalRun> {
  const { testOnly } = subject.states
  const overlaid = control.changed.map((file) => file.path)
  const removed = new Set(control.deleted)
  const changed = [...testOnly.changed.filter((file) => !overlaid.includes(file.path)), ...control.changed]
  await using image = await makeTestImage(context, imageId, {
    changed: changed.filter((file) => !removed.has(file.path)),
    deleted: [...testOnly.deleted, ...control.deleted],
  })
  const argv = control.argv ?? command.argv
  if (control.argv === undefined) {
    return await runTests(context, { purpose: control.purpose, imageId: image.imageId, command })
  }
  return await runTests(context, {
    purpose: control.purpose,
    imageId: image.imageId,
    command: { runner: command.runner, argv },
  })
}

/** What "resolved" means: ended with 0, nothing failed, and every FAIL_TO_PASS test passed. */
function passes(run: EvalRun, acceptance: Acceptance): boolean {
  if (run.end.kind !== 'exited' || run.end.exitCode !== 0 || run.report === null || hasFailures(run.report))
    return false
  return acceptance.FAIL_TO_PASS.every((name) => run.report?.outcomes[name] === 'passed')
}

/** The exported eval script must fail without the fix and pass with it, by exit code and by its own marker. */
async function runScripts(
  context: EvalContext,
  subject: Subject,
  imageId: string,
  evalScript: string,
): Promise<Checked> {
  if (evalScript === '') {
    const explanation = 'the test patch holds the delimiter of the eval script, so no heredoc can carry it'
    return { rejection: rejected('eval-script-refused', explanation), runs: [] }
  }
  const runs: EvalRun[] = []
  for (const purpose of ['script-test-only', 'script-with-fix'] as const) {
    const gold = purpose === 'script-with-fix' ? subject.states.goldOnly : { changed: [], deleted: [] }
    await using image = await makeTestImage(context, imageId, { ...gold, evalScript })
    const run = await runEvalScript(context, { purpose, imageId: image.imageId, script: evalScriptPath })
    runs.push(run)
    const problem = scriptProblem(run)
    if (problem) return { rejection: rejected('eval-script-disagrees', problem), runs }
  }
  return { rejection: null, runs }
}

function scriptProblem(run: EvalRun): string | null {
  if (run.end.kind !== 'exited') return `the ${run.purpose} run ended by ${run.end.kind}`
  const { exitCode } = run.end
  if (run.markedExitCode !== exitCode) {
    return `the ${run.purpose} run ended with ${exitCode} but its marker says ${run.markedExitCode ?? 'nothing'}`
  }
  const shouldPass = run.purpose === 'script-with-fix'
  return (exitCode === 0) === shouldPass ? null : `the ${run.purpose} run ended with exit code ${exitCode}`
}
