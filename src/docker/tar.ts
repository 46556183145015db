import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Header, type Pack, pack } from 'tar-stream'

export interface TarFile {
  /** From the root, without a leading slash. */
  readonly path: string
  readonly mode: number
  readonly content: Uint8Array | { readonly linkTo: string }
}

/** The time of every file of a checkout: after 1980, which zip files cannot hold, and never that of a patched file. */
const checkoutTime = new Date('2000-01-01T00:00:00Z')

/**
 * The time of every file put in later. It differs from the checkout's, since Python takes a compiled module for up to
 * date where time and size of its source are as they were.
 */
const patchTime = new Date('2000-01-02T00:00:00Z')

/** The same files give the same bytes: sorted, fixed times, owned by root. Holds no directories, so none is changed. */
export async function tarOf(files: readonly TarFile[]): Promise<Uint8Array> {
  const archive = pack()
  const writing = (async () => {
    for (const file of [...files].sort(byPath)) await writeFile(archive, file, patchTime)
    archive.finalize()
  })()
  const [bytes] = await Promise.all([buffer(archive), writing])
  return bytes
}

/**
 * A directory as a tar stream below `prefix`, with the given files before it: the same tree gives the same bytes.
 * Modes and links are kept as they are, links never followed; a socket, device or pipe is refused.
 */
export async function* tarOfDirectory(
  dir: string,
  prefix: string,
  files: readonly TarFile[] = [],
): AsyncGenerator<Uint8Array> {
  const archive = pack()
  const writing = (async () => {
    for (const file of [...files].sort(byPath)) await writeFile(archive, file, checkoutTime)
    await writeDirectory(archive, dir, prefix)
    archive.finalize()
  })()
  writing.catch((error: Error) => archive.destroy(error))
  yield* archive as AsyncIterable<Uint8Array>
  await writing
}

async function writeDirectory(archive: Pack, dir: string, prefix: string): Promise<void> {
  const { mode } = await lstat(dir)
  await writeEntry(archive, { name: `${prefix}/`, type: 'directory', mode: mode & 0o7777, mtime: checkoutTime })
  const names = await readdir(dir)
  for (const name of names.sort()) {
    const path = join(dir, name)
    const target = `${prefix}/${name}`
    const status = await lstat(path)
    if (status.isDirectory()) await writeDirectory(archive, path, target)
    else if (status.isSymbolicLink()) {
      await writeFile(archive, { path: target, mode: 0o777, content: { linkTo: await readlink(path) } }, checkoutTime)
    } else if (status.isFile()) {
      await writeFile(
        archive,
        { path: target, mode: status.mode & 0o7777, content: await readFile(path) },
        checkoutTime,
      )
    } else throw new Error(`${path} is neither a file, a directory nor a link`)
  }
}

function writeFile(archive: Pack, file: TarFile, mtime: Date): Promise<void> {
  const common = { name: file.path, mode: file.mode, mtime }
  return 'linkTo' in file.content
    ? writeEntry(archive, { ...common, type: 'symlink', linkname: file.content.linkTo })
    : writeEntry(archive, { ...common, type: 'file' }, Buffer.from(file.content))
}

function writeEntry(
  archive: Pack,
  header: Partial<Header> & Pick<Header, 'name'>,
  content = Buffer.alloc(0),
): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ ...header, uid: 0, gid: 0, uname: '', gname: '' }, content, (error) =>
      error ? reject(error) : resolve(),
    )
  })
}

function byPath(a: TarFile, b: TarFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}
