import { constants } from 'node:fs'
import { access, lstat, open, readdir, readlink } from 'node:fs/promises'
import type { ImageFile, ImageVisitor } from './image-scan.ts'

/** What the engine says about where an image's layers are kept. */
export interface GraphDriver {
  readonly Name: string
  /** Of overlay2: the top layer's folder in `UpperDir`, those below it in `LowerDir`, top first. */
  readonly Data?: { readonly UpperDir?: string; readonly LowerDir?: string } | null
}

/**
 * The folders of all layers, base first; null where they are not on this machine as plain folders that we may read
 * (another storage driver, a rootless or remote engine). Reading them costs only what the layers hold, while saving an
 * image copies all of it first.
 */
export async function findLayerDirectories(
  driver: GraphDriver | undefined,
  layerCount: number,
): Promise<readonly string[] | null> {
  if (driver?.Name !== 'overlay2' || !driver.Data?.UpperDir) return null
  const lower = driver.Data.LowerDir ? driver.Data.LowerDir.split(':') : []
  const dirs = [driver.Data.UpperDir, ...lower].reverse()
  if (dirs.length !== layerCount) return null
  try {
    for (const dir of dirs) await access(dir, constants.R_OK | constants.X_OK)
    return dirs
  } catch {
    return null
  }
}

const slash = Buffer.from('/')

/** Visits every file of a layer's folder, sorted. No link is followed, and a name that is not UTF-8 hides nothing. */
export async function visitLayerDirectory(dir: string, visit: ImageVisitor, signal: AbortSignal): Promise<void> {
  const root = Buffer.from(dir)
  const walk = async (folder: Buffer): Promise<void> => {
    const names = await readdir(folder, { encoding: 'buffer' })
    for (const name of names.sort(Buffer.compare)) {
      signal.throwIfAborted()
      const at = Buffer.concat([folder, slash, name])
      const status = await lstat(at)
      if (status.isDirectory()) await walk(at)
      else if (!isDeletion(status)) await visit(await fileAt(at, status, at.toString('utf8', root.byteLength + 1)))
    }
  }
  await walk(root)
}

type Status = Awaited<ReturnType<typeof lstat>>

/** overlayfs says by a character device 0/0 that a lower layer's file is deleted. */
function isDeletion(status: Status): boolean {
  return status.isCharacterDevice() && Number(status.rdev) === 0
}

async function fileAt(at: Buffer, status: Status, path: string): Promise<ImageFile> {
  const common = {
    path,
    mode: Number(status.mode) & 0o7777,
    content: () => readUnfollowed(at),
    chunks: () => chunksOf(at),
  }
  if (status.isSymbolicLink()) return { ...common, type: 'link', sizeBytes: 0, linkTo: await readlink(at) }
  return status.isFile()
    ? { ...common, type: 'file', sizeBytes: Number(status.size) }
    : { ...common, type: 'other', sizeBytes: 0 }
}

const unfollowed = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

async function readUnfollowed(at: Buffer): Promise<Uint8Array> {
  await using file = await open(at, unfollowed)
  return await file.readFile()
}

async function* chunksOf(at: Buffer): AsyncGenerator<Uint8Array> {
  await using file = await open(at, unfollowed)
  const chunk = Buffer.alloc(chunkBytes)
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes)
    if (bytesRead === 0) return
    yield Buffer.from(chunk.subarray(0, bytesRead))
  }
}

const chunkBytes = 4 * 1024 * 1024
