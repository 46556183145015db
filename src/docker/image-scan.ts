import { FaultError } from '../domain/fault.ts'
import { openArchive } from './archive.ts'
import { withContainer } from './container-calls.ts'
import type { Engine } from './engine.ts'
import { imagePath, inspectImage } from './images.ts'
import { findLayerDirectories, visitLayerDirectory } from './layer-directories.ts'
import { layerMembers, visitSavedImage, visitTar } from './saved-image.ts'

/** One member of an image's layer or directory. Its content can be read only while it is visited. */
export interface ImageFile {
  /** From the root of the image, without a leading slash. */
  readonly path: string
  /** Directories are not visited, nor what says that a file is deleted. `other` is a device, socket or pipe. */
  readonly type: 'file' | 'link' | 'other'
  readonly mode: number
  readonly sizeBytes: number
  /** A symbolic link's target; or, with a leading slash, the path that a hard link shares its content with. */
  readonly linkTo?: string
  content(): Promise<Uint8Array>
  /** The same in pieces, for files of any size. */
  chunks(): AsyncIterable<Uint8Array>
}

export type ImageVisitor = (file: ImageFile) => Promise<void>

/** What an image says besides its files. */
export interface ImageConfig {
  readonly env: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** The command of each layer, as the engine keeps it, newest first. */
  readonly history: readonly string[]
  readonly cmd: readonly string[]
  readonly entrypoint: readonly string[]
  readonly workingDir: string
  readonly user: string
}

/**
 * Visits every file of every layer above `skipLayers` (diff ids, base first), also those that a later layer deletes,
 * from outside: in the folders where the engine keeps the layers, if they are on this machine, else in the saved image.
 */
export async function scanImage(
  engine: Engine,
  imageId: string,
  visit: ImageVisitor,
  options: { readonly skipLayers: readonly string[]; readonly signal: AbortSignal },
): Promise<ImageConfig> {
  const { skipLayers, signal } = options
  const image = await inspectImage(engine, imageId)
  if (image === null) throw new FaultError('engine-failed', `the image ${imageId} is gone`)
  const layers = image.RootFS?.Layers ?? []
  const skipped = skipLayers.every((layer, index) => layers[index] === layer) ? skipLayers.length : 0
  const directories = await findLayerDirectories(image.GraphDriver, layers.length)
  if (directories) for (const dir of directories.slice(skipped)) await visitLayerDirectory(dir, visit, signal)
  else await visitSavedLayers(engine, imageId, layers.length - skipped, visit, signal)
  const history = await engine.call<readonly { readonly CreatedBy?: string }[]>({
    method: 'GET',
    path: `${imagePath(imageId)}/history`,
    doing: 'tell the history of an image',
    signal,
  })
  const config = image.Config ?? {}
  return {
    env: config.Env ?? [],
    labels: config.Labels ?? {},
    history: history.map((step) => step.CreatedBy ?? ''),
    cmd: config.Cmd ?? [],
    entrypoint: config.Entrypoint ?? [],
    workingDir: config.WorkingDir ?? '',
    user: config.User ?? '',
  }
}

/** The engine saves whole images only, with the list of what is which layer at the end: so it is asked twice. */
export async function visitSavedLayers(
  engine: Engine,
  imageId: string,
  count: number,
  visit: ImageVisitor,
  signal: AbortSignal,
): Promise<void> {
  if (count === 0) return
  const save = () =>
    engine.stream({
      method: 'GET',
      path: `${imagePath(imageId)}/get`,
      doing: 'save an image',
      timeoutMs: saveMs,
      signal,
    })
  const members = await layerMembers(await save())
  if (members.length < count)
    throw new FaultError('engine-failed', `Docker saved ${imageId} without some of its layers`)
  await visitSavedImage(await save(), new Set(members.slice(-count)), visit)
}

/** The engine first copies all of an image to its disk. */
const saveMs = 600_000

/**
 * Visits the files of one directory as a container of the image would see it; none where there is no such directory.
 * That container is never started. Without labels it has those of the image.
 */
export async function readImageDirectory(
  engine: Engine,
  imageId: string,
  path: string,
  visit: ImageVisitor,
  options: { readonly labels?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<void> {
  const { labels = {}, signal } = options
  const parent = path.slice(1, path.lastIndexOf('/') + 1)
  const config = { Image: imageId, Entrypoint: [], Cmd: ['true'] }
  await withContainer(engine, { labels, config, signal }, async (name) => {
    const archive = await openArchive(engine, name, path, signal)
    if (archive !== null) await visitTar(archive, parent, visit)
  })
}
