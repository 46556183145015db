import { Readable } from 'node:stream'
import { FaultError } from '../domain/fault.ts'
import type { OnOutput } from '../util/bounded-output.ts'
import { byteLines } from '../util/byte-lines.ts'
import { type BuildEnd, BuildLog } from './build-log.ts'
import { requireRoom } from './disk.ts'
import type { Engine } from './engine.ts'
import { findImage } from './images.ts'

export type BuildOutcome =
  | { readonly kind: 'built'; readonly imageId: string; readonly log: string; readonly durationMs: number }
  | {
      readonly kind: 'failed'
      /** The instruction that failed, such as `RUN make`; empty where the Dockerfile could not be read. */
      readonly step: string
      /** Null where the step is no command, or did not come to run one. */
      readonly exitCode: number | null
      readonly log: string
      readonly durationMs: number
    }
  | { readonly kind: 'timed-out'; readonly afterMs: number; readonly log: string }

export interface BuildRequest {
  /** A tar with `Dockerfile` in it; read anew for each try. */
  readonly context: AsyncIterable<Uint8Array> | Uint8Array
  readonly tag: string
  readonly labels: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly buildArgs?: Readonly<Record<string, string>>
  /** `default` or `none`. */
  readonly networkMode?: string
  /** The log as it grows. */
  readonly onOutput?: OnOutput | undefined
}

/**
 * Builds with the engine's own BuildKit and reads its structured trace, so that the failing step and its exit code are
 * facts. Time limit, which counts from the build's admission, and signal close the connection, which ends the build. A
 * base image that is not here, a full disk and any other trouble of the engine throw FaultError.
 */
export async function buildImage(engine: Engine, request: BuildRequest): Promise<BuildOutcome> {
  request.signal.throwIfAborted()
  await engine.admit(request.signal)
  const beganMs = performance.now()
  const late = AbortSignal.timeout(request.timeoutMs)
  for (let triesLeft = mostTries; triesLeft > 0; triesLeft -= 1) {
    const log = new BuildLog(request.onOutput)
    const end = await build(engine, request, log, late)
    const durationMs = performance.now() - beganMs
    switch (end.kind) {
      case 'built':
        return { kind: 'built', imageId: end.imageId, log: log.text(), durationMs }
      case 'timed-out':
        return { kind: 'timed-out', afterMs: request.timeoutMs, log: log.text() }
      case 'cut':
        throw new FaultError('engine-failed', `Docker ended the build of ${request.tag} without a word`)
      case 'failed':
        await requireRoom(engine)
        if (end.step === null)
          throw new FaultError('engine-failed', `Docker could not build ${request.tag}: ${end.message}`)
        return { kind: 'failed', step: end.step, exitCode: end.exitCode, log: log.text(), durationMs }
      case 'failed-elsewhere':
        await requireRoom(engine)
    }
  }
  throw new FaultError('engine-failed', `a command of ${request.tag} failed ${mostTries} times in builds of others`)
}

/** Each time, one at least of the builds that met learns how its command fails. */
const mostTries = 6

async function build(
  engine: Engine,
  request: BuildRequest,
  log: BuildLog,
  late: AbortSignal,
): Promise<BuildEnd | { readonly kind: 'timed-out' }> {
  try {
    const stream = await openBuild(engine, request, AbortSignal.any([request.signal, late]))
    for await (const line of byteLines(stream, lineBytes)) {
      if (line.kind === 'too-long')
        throw new FaultError('engine-failed', `Docker sent a line of ${line.byteCount} bytes`)
      for (const reference of log.take(line.bytes)) await requireBase(engine, reference)
    }
  } catch (error) {
    request.signal.throwIfAborted()
    if (late.aborted) return { kind: 'timed-out' }
    throw error
  }
  return log.end()
}

const lineBytes = 16 * 1024 * 1024
/** Honoured by engines from 23 on; older ones ignore them. */
const ulimits = [
  { Name: 'core', Soft: 0, Hard: 0 },
  { Name: 'nofile', Soft: 4096, Hard: 16384 },
]

/** Without a session, which the builder needs for nothing that is allowed here. */
function openBuild(engine: Engine, request: BuildRequest, signal: AbortSignal): Promise<Readable> {
  const { context, tag, labels, buildArgs, networkMode } = request
  return engine.stream({
    method: 'POST',
    path: '/build',
    query: {
      version: '2',
      t: tag,
      labels: JSON.stringify(labels),
      ulimits: JSON.stringify(ulimits),
      ...(buildArgs ? { buildargs: JSON.stringify(buildArgs) } : {}),
      ...(networkMode ? { networkmode: networkMode } : {}),
    },
    upload: context instanceof Uint8Array ? Buffer.from(context) : Readable.from(context),
    doing: `build ${tag}`,
    timeoutMs: Number.POSITIVE_INFINITY,
    signal,
  })
}

/** The builder would ask a registry for an image that is not here, and wait for it. */
async function requireBase(engine: Engine, reference: string): Promise<void> {
  if ((await findImage(engine, reference)) !== null) return
  throw new FaultError('base-image-missing', `there is no image ${reference} on this machine — openswe images build`)
}
