import type { BuilderShell, ShellStep } from '../authors/author.ts'
import { type ShellRun, StepShell } from '../docker/builder-shell.ts'
import { findImage } from '../docker/images.ts'
import { labelsFor } from '../docker/labels.ts'
import type { ContainerLimits } from '../domain/container-limits.ts'
import { testbedPath } from '../domain/environment.ts'
import { FaultError } from '../domain/fault.ts'
import { type EnvironmentBuild, ensureHead } from '../evaluation/environment-image.ts'
import type { EvalContext } from '../evaluation/evaluate.ts'
import { formatBytes, formatDuration } from '../util/quantity.ts'

const stepTimeoutMs = 600_000
const stepOutputBytes = 512 * 1024

/** What one command in a builder shell may use: as an eval run, but a build's output and its own time. */
export function shellLimits(limits: ContainerLimits, buildTimeoutMs: number): ContainerLimits {
  return { ...limits, outputBytes: stepOutputBytes, timeoutMs: Math.min(stepTimeoutMs, buildTimeoutMs) }
}

/**
 * Opens a shell in the head image of an instance, which a clean build later starts from: the checkout in it has neither
 * patch. A version without base image is a fault, so ask only for one that is at hand. Who opens it closes it.
 */
export async function openShell(
  context: EvalContext,
  checkout: Omit<EnvironmentBuild, 'dockerfile'>,
  pythonVersion: string,
  limits: ContainerLimits,
): Promise<BuilderShell> {
  const base = `openswe-python-${pythonVersion}`
  if (!/^\d+\.\d+$/.test(pythonVersion) || (await findImage(context.engine, base)) === null) {
    throw new FaultError('base-image-missing', `${base} is not on this machine — run: openswe images build`)
  }
  const head = await ensureHead(context, { ...checkout, dockerfile: `FROM ${base}\nCOPY repo ${testbedPath}\n` })
  if (head.kind !== 'ready') {
    throw new FaultError('engine-failed', `Docker could not copy the checkout of ${context.instanceId}: ${head.kind}`)
  }
  const shell = await StepShell.open(context.engine, {
    image: head.reference,
    workingDir: testbedPath,
    limits,
    labels: labelsFor(context.runId, context.instanceId, 'state'),
    signal: context.signal,
    onOutput: context.onOutput,
  })
  return {
    run: async (command) => stepOf(await shell.run(command)),
    undo: (count) => shell.undo(count),
    close: () => shell.close(),
  }
}

function stepOf({ end, output, durationMs }: ShellRun): ShellStep {
  const exitCode = end.kind === 'exited' ? end.exitCode : null
  return { exitCode, trouble: troubleOf(end), output, durationMs }
}

function troubleOf(end: ShellRun['end']): string {
  switch (end.kind) {
    case 'exited':
      return ''
    case 'refused':
      return `it was not run: ${end.problem}`
    case 'timed-out':
      return `it took longer than ${formatDuration(end.afterMs)}`
    case 'out-of-memory':
      return `it needed more than ${formatBytes(end.limitBytes)} of memory`
    case 'disk-limit':
      return `it wrote more than ${formatBytes(end.limitBytes)}`
    case 'output-limit':
      return `it printed more than ${formatBytes(end.limitBytes)}`
  }
}
