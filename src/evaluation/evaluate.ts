import { randomBytes } from 'node:crypto'
import { runContainer } from '../docker/container.ts'
import type { Engine } from '../docker/engine.ts'
import { labelsFor } from '../docker/labels.ts'
import type { ContainerLimits } from '../domain/container-limits.ts'
import { type TestCommand, testbedPath } from '../domain/environment.ts'
import type { EvalRun, RunPurpose } from '../domain/eval-run.ts'
import type { OnOutput } from '../util/bounded-output.ts'
import { shellJoin } from '../util/shell-quote.ts'
import { markedExitCode } from './eval-script.ts'
import { adapterOf } from './runners/adapter.ts'

/** What all eval runs of one attempt share. */
export interface EvalContext {
  readonly engine: Engine
  readonly runId: string
  readonly instanceId: string
  readonly limits: ContainerLimits
  readonly signal: AbortSignal
  /** What builds and runs print, each run below a line that names it. */
  readonly onOutput?: OnOutput | undefined
}

/** Conditions that a repeat differs in on purpose (`--strict`). */
export interface Conditions {
  readonly names: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly cpus?: number
  /** Another order of tests, where the runner can be given one. */
  readonly shuffleSeed?: string
}

export const usualConditions: Conditions = { names: [], environment: {} }

/**
 * Activates the environment, goes to the repository and becomes the command: the exit code is the command's own. Both
 * its outputs are one, so that what was printed first stands first in every run.
 */
const prologue = `exec 2>&1; . /opt/conda/etc/profile.d/conda.sh && conda activate testbed && cd ${testbedPath} && exec "$@"`

/**
 * Runs a test command once, in a fresh container that holds the patched tree before it starts. Per-test results are
 * read after the container ended, from a path that only this run knows. Throws FaultError where the engine fails.
 */
export async function runTests(
  context: EvalContext,
  run: {
    readonly purpose: RunPurpose
    readonly imageId: string
    readonly command: TestCommand
    /** A tar that is unpacked at the root first: for an image that does not hold the patched tree. */
    readonly files?: Uint8Array
  },
  conditions: Conditions = usualConditions,
): Promise<EvalRun> {
  const adapter = adapterOf(run.command)
  const reportPath = `/var/tmp/openswe-${randomBytes(16).toString('hex')}/report.xml`
  const { argv } = run.command
  const seed = conditions.shuffleSeed
  const shuffled = seed === undefined ? null : adapter.shuffled(argv, reportPath)
  headed(context, run.purpose, argv)
  const ended = await runContainer(context.engine, {
    imageId: run.imageId,
    argv: ['/bin/bash', '-c', prologue, 'openswe', ...(shuffled ?? adapter.graded(argv, reportPath))],
    env: { ...conditions.environment, ...(seed === undefined ? {} : { OPENSWE_SHUFFLE_SEED: seed }) },
    workingDir: testbedPath,
    labels: labelsFor(context.runId, context.instanceId, 'eval'),
    limits: conditions.cpus === undefined ? context.limits : { ...context.limits, cpus: conditions.cpus },
    ...(run.files === undefined ? {} : { files: run.files }),
    collect: [reportPath],
    signal: context.signal,
    onOutput: context.onOutput,
  })
  const report = ended.collected.get(reportPath)
  return {
    purpose: run.purpose,
    end: ended.end,
    report: report === undefined ? null : adapter.parse(report, argv),
    conditions: shuffled === null ? conditions.names : ['order=shuffled', ...conditions.names],
    durationMs: ended.durationMs,
    output: ended.output,
  }
}

/** Runs an eval script in OpenSWE's contract, as a consumer of the export would; its marker is read besides the exit code. */
export async function runEvalScript(
  context: EvalContext,
  run: { readonly purpose: RunPurpose; readonly imageId: string; readonly script: string },
): Promise<EvalRun> {
  const argv = ['/bin/bash', run.script]
  headed(context, run.purpose, argv)
  const ended = await runContainer(context.engine, {
    imageId: run.imageId,
    argv,
    env: {},
    workingDir: testbedPath,
    labels: labelsFor(context.runId, context.instanceId, 'eval'),
    limits: context.limits,
    collect: [],
    signal: context.signal,
    onOutput: context.onOutput,
  })
  return {
    purpose: run.purpose,
    end: ended.end,
    report: null,
    markedExitCode: markedExitCode(ended.output),
    conditions: [],
    durationMs: ended.durationMs,
    output: ended.output,
  }
}

function headed({ onOutput }: EvalContext, purpose: RunPurpose, argv: readonly string[]): void {
  onOutput?.(new TextEncoder().encode(`\n===== ${purpose}\n$ ${shellJoin(argv)}\n`))
}
