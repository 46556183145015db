import { type BuildOutcome, buildImage } from '../docker/build.ts'
import { buildContext } from '../docker/build-context.ts'
import { baseImageOf, splitHead } from '../docker/dockerfile-check.ts'
import { findImage, removeImage } from '../docker/images.ts'
import { labelsFor } from '../docker/labels.ts'
import { imageRepository } from '../domain/image-name.ts'
import { sha256 } from '../util/sha256.ts'
import type { EvalContext } from './evaluate.ts'

export interface EnvironmentBuild {
  readonly dockerfile: string
  readonly checkoutDir: string
  /** Changes with anything that `COPY repo` would copy. */
  readonly checkoutDigest: string
  readonly timeoutMs: number
}

export type EnvironmentImage =
  | {
      readonly kind: 'built'
      readonly imageId: string
      readonly tag: string
      readonly log: string
      readonly isReused: boolean
    }
  | Exclude<BuildOutcome, { kind: 'built' }>

/**
 * Builds an environment's image, or finds it: the tag says what it was made from, so an unchanged Dockerfile costs one
 * look-up. The stable head (base image and checkout) is an image of its own, which every later Dockerfile of the
 * instance starts from; those are built from a context that holds the Dockerfile alone.
 */
export async function buildEnvironment(context: EvalContext, build: EnvironmentBuild): Promise<EnvironmentImage> {
  const repository = imageRepository(context.instanceId)
  const baseIds = await baseImageIds(context, build.dockerfile)
  const tag = `${repository}:${sha256(build.dockerfile, build.checkoutDigest, ...baseIds).slice(0, 16)}`
  const found = await findImage(context.engine, tag)
  if (found) return { kind: 'built', imageId: found.imageId, tag, log: '', isReused: true }
  const head = splitHead(build.dockerfile)
  const outcome = head === null ? await buildWhole(context, build, tag) : await buildOnHead(context, build, tag, head)
  return outcome.kind === 'built' ? { ...outcome, tag, isReused: false } : outcome
}

/** Removes the head images of an instance; what was built on them keeps their layers. */
export async function removeHead(context: EvalContext, build: EnvironmentBuild): Promise<void> {
  const head = splitHead(build.dockerfile)
  if (head !== null)
    await removeImage(context.engine, headTag(context, build, head.head, await baseImageIds(context, build.dockerfile)))
}

async function baseImageIds(context: EvalContext, dockerfile: string): Promise<readonly string[]> {
  const base = await findImage(context.engine, baseImageOf(dockerfile))
  return [base?.imageId ?? 'absent']
}

function buildWhole(context: EvalContext, build: EnvironmentBuild, tag: string): Promise<BuildOutcome> {
  return buildImage(context.engine, {
    context: buildContext({ dockerfile: build.dockerfile, repoDir: build.checkoutDir }),
    tag,
    labels: labelsFor(context.runId, context.instanceId, 'environment'),
    timeoutMs: build.timeoutMs,
    signal: context.signal,
    onOutput: context.onOutput,
  })
}

type Head = NonNullable<ReturnType<typeof splitHead>>

async function buildOnHead(
  context: EvalContext,
  build: EnvironmentBuild,
  tag: string,
  head: Head,
): Promise<BuildOutcome> {
  const ensured = await ensureHead(context, { ...build, dockerfile: head.head })
  if (ensured.kind !== 'ready') return ensured
  return buildImage(context.engine, {
    context: buildContext({ dockerfile: `FROM ${ensured.reference}\n${head.rest}` }),
    tag,
    labels: labelsFor(context.runId, context.instanceId, 'environment'),
    timeoutMs: build.timeoutMs,
    signal: context.signal,
    onOutput: context.onOutput,
  })
}

/** The head image that a Dockerfile of only a head gives: found by its name, or built. */
export async function ensureHead(
  context: EvalContext,
  build: EnvironmentBuild,
): Promise<{ readonly kind: 'ready'; readonly reference: string } | Exclude<BuildOutcome, { kind: 'built' }>> {
  const reference = headTag(context, build, build.dockerfile, await baseImageIds(context, build.dockerfile))
  if ((await findImage(context.engine, reference)) !== null) return { kind: 'ready', reference }
  const outcome = await buildImage(context.engine, {
    context: buildContext({ dockerfile: build.dockerfile, repoDir: build.checkoutDir }),
    tag: reference,
    labels: labelsFor(context.runId, context.instanceId, 'head'),
    timeoutMs: build.timeoutMs,
    signal: context.signal,
    onOutput: context.onOutput,
  })
  return outcome.kind === 'built' ? { kind: 'ready', reference } : outcome
}

function headTag(context: EvalContext, build: EnvironmentBuild, head: string, baseIds: readonly string[]): string {
  const digest = sha256(head, build.checkoutDigest, ...baseIds).slice(0, 16)
  return `${imageRepository(context.instanceId)}-head:${digest}`
}
