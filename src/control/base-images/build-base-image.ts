import { buildImage } from '../../docker/build.ts'
import { runContainer } from '../../docker/container.ts'
import type { Engine } from '../../docker/engine.ts'
import { findImage, removeImage, tagImage } from '../../docker/images.ts'
import { tarOf } from '../../docker/tar.ts'
import type { Flavour } from './flavour.ts'
import { baseImageName, contractCheck, type RenderedBaseImage } from './template.ts'

export interface BuildRequest {
  readonly python: string
  readonly flavour: Flavour
  readonly rendered: RenderedBaseImage
  readonly proxy: string | undefined
  readonly signal: AbortSignal
  readonly onStage: (stage: 'building' | 'checking') => void
}

/** The step that failed, and what it printed. */
export interface BuildFailure {
  readonly step: string
  readonly log: string
}

const buildTimeoutMs = 40 * 60_000

/**
 * Builds under a temporary name, checks the promises in a container, and only then gives the image its own name, taking
 * it from the image that had it. Null where all went well.
 */
export async function buildBaseImage(engine: Engine, request: BuildRequest): Promise<BuildFailure | null> {
  const { python, flavour, rendered, signal } = request
  const temporary = `openswe-building:python-${python}-${process.pid}`
  const labels = {
    'openswe.kind': 'base',
    'openswe.flavour': flavour,
    'openswe.python': python,
    'openswe.template': rendered.digest,
  }
  request.onStage('building')
  const built = await buildImage(engine, {
    context: await contextOf(rendered),
    tag: temporary,
    labels,
    timeoutMs: buildTimeoutMs,
    signal,
    buildArgs: proxyVariables(request.proxy),
  })
  if (built.kind === 'timed-out') return { step: `a build of ${built.afterMs / 60_000} minutes`, log: built.log }
  if (built.kind === 'failed') return { step: built.step, log: built.log }
  try {
    request.onStage('checking')
    const broken = await brokenPromises(engine, built.imageId, python, signal)
    if (broken !== null) return { step: 'the check of what a base image promises', log: broken }
    await rename(engine, built.imageId, baseImageName(python))
    return null
  } finally {
    await removeImage(engine, temporary)
  }
}

/** The variables that programs take a proxy from, which BuildKit does not keep in the image. */
export function proxyVariables(proxy: string | undefined): Readonly<Record<string, string>> {
  if (proxy === undefined) return {}
  return { http_proxy: proxy, https_proxy: proxy, HTTP_PROXY: proxy, HTTPS_PROXY: proxy }
}

function contextOf({ files }: RenderedBaseImage): Promise<Uint8Array> {
  const encoder = new TextEncoder()
  return tarOf([...files].map(([path, text]) => ({ path, mode: 0o644, content: encoder.encode(text) })))
}

async function brokenPromises(
  engine: Engine,
  imageId: string,
  python: string,
  signal: AbortSignal,
): Promise<string | null> {
  const run = await runContainer(engine, {
    imageId,
    argv: ['sh', '-c', contractCheck, 'check', python],
    workingDir: '/',
    labels: { 'openswe.kind': 'base' },
    limits: checkLimits,
    collect: [],
    signal,
  })
  return run.end.kind === 'exited' && run.end.exitCode === 0 ? null : run.output
}

const mebibyte = 1024 * 1024
const checkLimits = {
  cpus: 1,
  memoryBytes: 512 * mebibyte,
  pids: 100,
  fileSizeBytes: 64 * mebibyte,
  diskBytes: 64 * mebibyte,
  outputBytes: mebibyte,
  timeoutMs: 120_000,
}

/** The image that had the name goes, unless it is the same one: layers that others stand on stay with them. */
async function rename(engine: Engine, imageId: string, name: string): Promise<void> {
  const previous = await findImage(engine, name)
  await tagImage(engine, imageId, name)
  if (previous !== null && previous.imageId !== imageId && previous.labels['openswe.kind'] === 'base') {
    await removeImage(engine, previous.imageId)
  }
}
