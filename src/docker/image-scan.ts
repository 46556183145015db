import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { FaultError } from '../domain/fault.ts'
import type { Engine } from './engine.ts'

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
  const image = engine.docker.getImage(imageId)
  const [details, history] = await Promise.all([image.inspect(), image.history()])
  const layers = details.RootFS.Layers ?? []
  const skipped = new Set(options.skipLayers)
  const seen = new Set<string>()
  let order = 0
  await eachMember((await image.get()) as unknown as Readable, options.signal, async (path, header, stream) => {
    const layer = layerOf(path, layers, order)
    if (path.endsWith('/layer.tar')) order += 1
    if (layer === undefined) return
    seen.add(layer)
    if (!skipped.has(layer) && header.type === 'file') await visitTar(stream, visit, options.signal)
  })
  const unseen = layers.filter((layer) => !seen.has(layer))
  if (unseen.length > 0) {
    throw new FaultError('engine-failed', `the engine saved ${imageId} without naming ${unseen.length} of its layers`)
  }
  return {
    env: details.Config.Env ?? [],
    labels: details.Config.Labels ?? {},
    history: history.map((step: { CreatedBy?: string }) => step.CreatedBy ?? ''),
  }
}

/** Visits the files of one directory as a container of the image would see it. */
export async function readImageDirectory(
  engine: Engine,
  imageId: string,
  path: string,
  visit: ImageVisitor,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  const container = await engine.docker.createContainer({ Image: imageId, Cmd: ['true'], NetworkDisabled: true })
  try {
    const stream = (await container.getArchive({ path })) as unknown as Readable
    await visitTar(stream, visit, options.signal)
  } finally {
    await container.remove({ force: true })
  }
}

/** Layers by their place in the archive (`<id>/layer.tar`, base first), or by their digest (`blobs/sha256/<diff id>`). */
function layerOf(path: string, layers: readonly string[], order: number): string | undefined {
  if (path.endsWith('/layer.tar')) return layers[order]
  const blob = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)
  return layers.find((layer) => layer === `sha256:${blob?.[1]}`)
}

async function visitTar(stream: Readable, visit: ImageVisitor, signal: AbortSignal): Promise<void> {
  await eachMember(stream, signal, async (path, header, member) => {
    if (header.type === 'directory') return
    await visit({
      path,
      type: typeOf(header.type),
      mode: header.mode ?? 0,
      sizeBytes: header.size ?? 0,
      ...(header.linkname ? { linkTo: header.linkname } : {}),
      content: () => buffer(member),
    })
  })
}

function typeOf(type: string | null | undefined): ImageFile['type'] {
  if (type === 'file' || type === 'contiguous-file') return 'file'
  return type === 'symlink' || type === 'link' ? 'link' : 'other'
}

interface Header {
  readonly type?: string | null
  readonly mode?: number
  readonly size?: number
  readonly linkname?: string | null
}

/** Walks a tar stream one member at a time; what a visitor leaves unread is skipped. */
async function eachMember(
  stream: Readable,
  signal: AbortSignal,
  visit: (path: string, header: Header, member: Readable) => Promise<void>,
): Promise<void> {
  const members = extract()
  const feeding = pipeline(stream, members, { signal })
  const walking = (async () => {
    for await (const member of members) {
      await visit(member.header.name.replace(/^\.?\//, '').replace(/\/$/, ''), member.header, member as unknown as Readable)
      member.resume()
    }
  })()
  await Promise.all([feeding, walking])
}
