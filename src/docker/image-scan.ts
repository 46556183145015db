import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { FaultError } from '../domain/fault.ts'
import { openArchive, tarMembers } from './archive.ts'
import type { Engine } from './engine.ts'
import { findImage } from './images.ts'

/** One member of an image's layer or directory. Its content can be read only while it is visited. */
export interface ImageFile {
  /** Without a leading slash. */
  readonly path: string
  /** Directories are not visited. `other` is a device, socket or pipe. */
  readonly type: 'file' | 'link' | 'other'
  readonly mode: number
  readonly sizeBytes: number
  /** A symbolic link's target, or the path that a hard link shares its content with. */
  readonly linkTo?: string
  content(): Promise<Uint8Array>
}

export type ImageVisitor = (file: ImageFile) => Promise<void>

/** What an image says besides its files. */
export interface ImageConfig {
  readonly env: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** The command of each layer, as the engine keeps it. */
  readonly history: readonly string[]
}

/**
 * Visits every file of every layer above `skipLayers` (diff ids), also those that a later layer deletes, in one stream
 * of the saved image; nothing is written to disk.
 */
export async function scanImage(
  engine: Engine,
  imageId: string,
  visit: ImageVisitor,
  options: { readonly skipLayers: readonly string[]; readonly signal: AbortSignal },
): Promise<ImageConfig> {
  const { signal } = options
  const image = await findImage(engine, imageId)
  if (image === null) throw new FaultError('engine-failed', `${imageId} is not in the engine any more`)
  const at = `/images/${imageId}`
  const history = await engine.call<readonly { readonly CreatedBy?: string }[]>({
    method: 'GET',
    path: `${at}/history`,
    doing: 'tell the history of an image',
    signal,
  })
  const skipped = new Set(options.skipLayers)
  const seen = new Set<string>()
  let order = 0
  const saved = await engine.stream({ method: 'GET', path: `${at}/get`, doing: 'save an image', signal })
  for await (const member of tarMembers(saved)) {
    const layer = layerOf(member.path, image.layers, order)
    if (member.path.endsWith('/layer.tar')) order += 1
    if (layer === undefined) continue
    seen.add(layer)
    if (!skipped.has(layer) && member.type === 'file') await visitTar(member.stream, visit)
  }
  const unseen = image.layers.filter((layer) => !seen.has(layer))
  if (unseen.length > 0) {
    throw new FaultError('engine-failed', `the engine saved ${imageId} without naming ${unseen.length} of its layers`)
  }
  return { env: image.environment, labels: image.labels, history: history.map((step) => step.CreatedBy ?? '') }
}

/** Visits the files of one directory as a container of the image would see it. */
export async function readImageDirectory(
  engine: Engine,
  imageId: string,
  path: string,
  visit: ImageVisitor,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const { Id: container } = await engine.call<{ readonly Id: string }>({
    method: 'POST',
    path: '/containers/create',
    doing: 'create a container',
    body: { Image: imageId, Cmd: ['true'], NetworkDisabled: true, Labels: { 'openswe.kind': 'eval' } },
    signal: options.signal,
  })
  try {
    const archive = await openArchive(engine, container, path, options.signal)
    if (archive !== null) await visitTar(archive, visit)
  } finally {
    const query = { force: 'true', v: 'true' }
    await engine.find({ method: 'DELETE', path: `/containers/${container}`, query, doing: 'remove a container' })
  }
}

/** Layers by their place in the archive (`<id>/layer.tar`, base first), or by their digest (`blobs/sha256/<diff id>`). */
function layerOf(path: string, layers: readonly string[], order: number): string | undefined {
  if (path.endsWith('/layer.tar')) return layers[order]
  const blob = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)
  return layers.find((layer) => layer === `sha256:${blob?.[1]}`)
}

async function visitTar(stream: Readable, visit: ImageVisitor): Promise<void> {
  for await (const member of tarMembers(stream)) {
    if (member.type === 'directory') continue
    const isLink = member.type === 'symlink' || member.type === 'hardlink'
    await visit({
      path: member.path,
      type: isLink ? 'link' : member.type === 'file' ? 'file' : 'other',
      mode: member.mode,
      sizeBytes: member.sizeBytes,
      ...(member.linkTo === undefined ? {} : { linkTo: member.linkTo }),
      content: () => buffer(member.stream),
    })
  }
}
