import type { Readable } from 'node:stream'
import type { ContainerLimits } from '../domain/container-limits.ts'
import type { RunEnd } from '../domain/eval-run.ts'
import { FaultError } from '../domain/fault.ts'
import { BoundedOutput, type OnOutput } from '../util/bounded-output.ts'
import { readContainerFile } from './archive.ts'
import { endMs, killContainer, putFiles, startContainer, waitForContainer, withContainer } from './container-calls.ts'
import { demultiplex } from './demultiplex.ts'
import { requireRoom, watchDisk } from './disk.ts'
import type { Engine } from './engine.ts'
import { hardenedHostConfig, hostname } from './host-config.ts'

export interface ContainerSpec {
  readonly imageId: string
  /** The first process, under an init that only reaps; its exit code is the run's. */
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly workingDir: string
  readonly labels: Readonly<Record<string, string>>
  readonly limits: ContainerLimits
  /** A tar that is unpacked at the root before the start. */
  readonly files?: Uint8Array
  /** Files to read after the end, by absolute path; not from /openswe-tmp, which is gone by then. */
  readonly collect: readonly string[]
  readonly signal: AbortSignal
  readonly onOutput?: OnOutput | undefined
}

export interface ContainerRun {
  readonly end: RunEnd
  readonly output: string
  /** How much was printed, kept or not. */
  readonly outputBytes: number
  readonly durationMs: number
  /** Regular files up to 64 MiB; whatever else was at a path is absent. */
  readonly collected: ReadonlyMap<string, Uint8Array>
}

/** How many times `outputBytes` a container may print. */
export const outputFactor = 128
const collectedBytes = 64 * 1024 * 1024

/**
 * Runs a command in a fresh, hardened container and removes it, however that ends. Time, disk and output limits end the
 * whole container and keep what was printed. How it ended is what the engine says, never what the output says; trouble
 * of the engine throws FaultError, and an aborted signal its reason.
 */
export function runContainer(engine: Engine, spec: ContainerSpec): Promise<ContainerRun> {
  return runAndUse(engine, spec, { hostConfig: hardenedHostConfig, afterEnd: async (run) => run })
}

/** Like `runContainer` under another host configuration; the container is removed after `afterEnd` has used it. */
export async function runAndUse<T>(
  engine: Engine,
  spec: ContainerSpec,
  use: {
    readonly hostConfig: (limits: ContainerLimits, hostCpus: number) => object
    readonly afterEnd: (run: ContainerRun, name: string) => Promise<T>
  },
): Promise<T> {
  spec.signal.throwIfAborted()
  const { cpus } = await engine.facts(spec.signal)
  const config = { ...commandOf(spec), HostConfig: use.hostConfig(spec.limits, cpus) }
  const { labels, signal } = spec
  return withContainer(engine, { labels, config, signal }, async (name) => {
    if (spec.files) await putFiles(engine, name, spec.files, signal)
    return use.afterEnd(await follow(engine, name, spec), name)
  })
}

function commandOf(spec: ContainerSpec): object {
  return {
    Image: spec.imageId,
    Entrypoint: [],
    Cmd: spec.argv,
    Env: Object.entries(spec.env ?? {}).map(([name, value]) => `${name}=${value}`),
    WorkingDir: spec.workingDir,
    User: '0:0',
    Hostname: hostname,
    Tty: false,
    OpenStdin: false,
  }
}

async function follow(engine: Engine, name: string, spec: ContainerSpec): Promise<ContainerRun> {
  const { limits, signal } = spec
  const output = new BoundedOutput(limits.outputBytes)
  const forced = Promise.withResolvers<RunEnd>()
  const ended = new AbortController()
  const whileRunning = AbortSignal.any([signal, ended.signal])
  const printing = keepOutput(await attach(engine, name, signal), output, spec, forced.resolve)
  printing.catch(() => undefined)
  await startContainer(engine, name, signal)
  const startedMs = performance.now()
  const timer = setTimeout(() => forced.resolve({ kind: 'timed-out', afterMs: limits.timeoutMs }), limits.timeoutMs)
  watchDisk(engine, name, limits.diskBytes, whileRunning).then(forced.resolve, forced.reject)
  const exited = waitForContainer(engine, name, signal).then(() => null)
  exited.catch(() => undefined)
  try {
    const force = await Promise.race([exited, forced.promise])
    if (force !== null) await killContainer(engine, name)
    await within(endMs, exited, 'a killed container does not end')
    const durationMs = performance.now() - startedMs
    await within(endMs, printing, "the engine keeps a dead container's output open")
    return {
      end: force ?? (await endOf(engine, name, limits, signal)),
      output: output.text(),
      outputBytes: output.totalBytes,
      durationMs,
      collected: await collect(engine, name, spec),
    }
  } finally {
    clearTimeout(timer)
    ended.abort()
  }
}

/** Before the start, so that nothing is missed. It must be read to the end: the engine cannot end a container otherwise. */
function attach(engine: Engine, name: string, signal: AbortSignal): Promise<Readable> {
  return engine.stream({
    method: 'POST',
    path: `/containers/${name}/attach`,
    query: { stream: '1', stdout: '1', stderr: '1' },
    doing: "read a container's output",
    signal,
  })
}

async function keepOutput(
  stream: Readable,
  output: BoundedOutput,
  spec: ContainerSpec,
  end: (end: RunEnd) => void,
): Promise<void> {
  const limitBytes = spec.limits.outputBytes * outputFactor
  for await (const chunk of demultiplex(stream)) {
    output.push(chunk)
    spec.onOutput?.(chunk)
    if (output.totalBytes > limitBytes) end({ kind: 'output-limit', limitBytes })
  }
}

/**
 * A container whose memory ran out is out-of-memory even where the shell that started the victim swallowed it. One that
 * still runs, that the engine could not end well, or that failed on a full disk is the machinery's trouble: its exit
 * code says nothing.
 */
async function endOf(engine: Engine, name: string, limits: ContainerLimits, signal: AbortSignal): Promise<RunEnd> {
  const { State: state } = await engine.call<{ readonly State: ContainerState }>({
    method: 'GET',
    path: `/containers/${name}/json`,
    doing: 'inspect a container',
    signal,
  })
  if (state.Running || state.Dead || state.Error !== '') {
    throw new FaultError('engine-failed', `Docker lost a container: ${state.Status} ${state.Error}`.trim())
  }
  if (state.ExitCode !== 0) await requireRoom(engine)
  if (state.OOMKilled) return { kind: 'out-of-memory', limitBytes: limits.memoryBytes }
  return { kind: 'exited', exitCode: state.ExitCode }
}

interface ContainerState {
  readonly Status: string
  readonly Running: boolean
  readonly Dead: boolean
  readonly OOMKilled: boolean
  readonly Error: string
  readonly ExitCode: number
}

async function collect(engine: Engine, name: string, spec: ContainerSpec): Promise<ReadonlyMap<string, Uint8Array>> {
  const collected = new Map<string, Uint8Array>()
  for (const path of spec.collect) {
    const content = await readContainerFile(engine, name, path, collectedBytes, spec.signal)
    if (content !== null) collected.set(path, content)
  }
  return collected
}

/** Throws FaultError where the engine takes longer. */
export async function within<T>(timeoutMs: number, work: Promise<T>, problem: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new FaultError('engine-failed', `Docker: ${problem}`)), timeoutMs)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
