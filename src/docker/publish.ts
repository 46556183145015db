import { FaultError } from '../domain/fault.ts'
import type { Publication, PublishedImage } from '../domain/published-image.ts'
import type { ResolvedEnvironment } from '../domain/synthesis-event.ts'
import type { Engine } from './engine.ts'
import { findImage } from './images.ts'
import { pushImage } from './push-image.ts'
import { type DockerClient, loginTo } from './registry-login.ts'
import { readRepository, tagOf } from './registry-repository.ts'
import { saveImage } from './save-image.ts'

export interface PublishRequest {
  readonly publication: Publication
  readonly instanceId: string
  readonly image: Pick<ResolvedEnvironment, 'imageId' | 'imageTag'>
  /** Knows the way into registries. */
  readonly client: DockerClient
  readonly signal: AbortSignal
}

const publishMs = 2 * 60 * 60 * 1000

/**
 * Puts an accepted image where others get it. Whatever goes wrong is told and not thrown, since the image is none
 * the worse for it; throws where the signal is aborted.
 */
export async function publishImage(engine: Engine, request: PublishRequest): Promise<PublishedImage> {
  const late = AbortSignal.timeout(publishMs)
  try {
    return await publish(engine, { ...request, signal: AbortSignal.any([request.signal, late]) })
  } catch (error) {
    request.signal.throwIfAborted()
    if (late.aborted) return failed(`it took longer than ${publishMs / 3_600_000} hours`)
    if (error instanceof FaultError || isOfFiles(error)) return failed(error.message)
    throw error
  }
}

async function publish(engine: Engine, request: PublishRequest): Promise<PublishedImage> {
  const { image, instanceId, publication, signal } = request
  if ((await findImage(engine, image.imageId)) === null) return failed(`${image.imageTag} is not on this machine`)
  if (publication.kind === 'push') return await push(engine, publication.repository, request)
  const isTagged = (await findImage(engine, image.imageTag))?.imageId === image.imageId
  const reference = isTagged ? image.imageTag : image.imageId
  return {
    kind: 'saved',
    ...(await saveImage(engine, { reference, folder: publication.folder, name: instanceId, signal })),
  }
}

async function push(
  engine: Engine,
  name: string,
  { image: { imageId }, instanceId, client, signal }: PublishRequest,
): Promise<PublishedImage> {
  const repository = readRepository(name)
  if (repository.kind === 'unusable') return failed(repository.explanation)
  const answer = await loginTo(repository.registry, client, signal)
  if (answer.kind === 'unusable') return failed(answer.explanation)
  const tag = tagOf(instanceId, imageId)
  const outcome = await pushImage(engine, { imageId, repository: name, tag, login: answer.login, signal })
  return outcome.kind === 'pushed' ? outcome : failed(`${repository.registry} did not take it: ${outcome.explanation}`)
}

/** The folder cannot be written to, or the disk is full. */
function isOfFiles(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}

function failed(message: string): PublishedImage {
  return { kind: 'failed', message }
}
