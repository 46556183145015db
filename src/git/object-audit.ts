import { copyFile, lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { git, gitText } from './git.ts'
import type { ObjectFormat } from './object-id.ts'
import { Scratch } from './scratch.ts'

export interface ObjectAudit {
  /** Ids of all objects that the files hold, computed from their content. */
  readonly objects: ReadonlySet<string>
  /** Files that are neither whole objects nor whole packs nor indexes of these, sorted: nobody can say what they hold. */
  readonly unexplained: readonly string[]
}

const looseMaxBytes = 256 * 1024 * 1024

/**
 * Lists what `dir/objects`, copied file by file from an untrusted `.git`, holds. Its indexes and names are not
 * believed: packs are indexed anew in a repository of ours and loose objects are hashed, so that nothing hides.
 */
export async function listObjects(dir: string, format: ObjectFormat, signal: AbortSignal): Promise<ObjectAudit> {
  await using scratch = await Scratch.empty(format)
  const context = { root: join(dir, 'objects'), scratch: join(scratch.gitDir, 'objects'), format, signal }
  const names = (await filesBelow(context.root)).map((path) => path.slice(context.root.length + 1))
  const objects = new Set<string>()
  const unexplained: string[] = []
  for (const name of [...names.filter(isPack), ...names.filter((name) => !isPack(name))]) {
    const ids = await idsIn(name, context)
    if (ids === null) unexplained.push(name)
    else for (const id of ids) objects.add(id)
  }
  return { objects, unexplained: unexplained.sort() }
}

interface AuditContext {
  /** The untrusted `objects`, and those of our own repository. */
  readonly root: string
  readonly scratch: string
  readonly format: ObjectFormat
  readonly signal: AbortSignal
}

function isPack(name: string): boolean {
  return /^pack\/pack-[0-9a-f]+\.pack$/.test(name)
}

/** Null where the file cannot be explained. */
async function idsIn(name: string, context: AuditContext): Promise<readonly string[] | null> {
  if (isPack(name)) return packedIds(name, context)
  if (/^[0-9a-f]{2}\/(?:[0-9a-f]{38}|[0-9a-f]{62})$/.test(name)) return looseId(name, context)
  if (name === 'info/packs') return listsPacks(await readFile(join(context.root, name), 'utf8')) ? [] : null
  return /^pack\/pack-[0-9a-f]+\.(?:idx|rev)$/.test(name) && (await isAsOurs(name, context)) ? [] : null
}

/** Copies the pack to us and indexes it; the indexes that came with it are compared with ours later. */
async function packedIds(name: string, { root, scratch, format, signal }: AuditContext): Promise<string[] | null> {
  const pack = join(scratch, name)
  const gitDir = join(scratch, '..')
  await copyFile(join(root, name), pack)
  const result = await git(['index-pack', '--rev-index', pack], { gitDir, signal })
  if (result.exitCode !== 0) return null
  const stdin = await readFile(pack.replace(/pack$/, 'idx'))
  const lines = await gitText(['show-index', `--object-format=${format}`], { stdin, signal })
  return lines.split('\n').flatMap((line) => line.split(' ')[1] ?? [])
}

async function looseId(name: string, { root, format }: AuditContext): Promise<string[] | null> {
  const bytes = await readFile(join(root, name))
  const content = inflateWhole(bytes)
  if (content === null) return null
  const id = new Bun.CryptoHasher(format).update(content).digest('hex')
  return id === name.replace('/', '') ? [id] : null
}

/** Null where the bytes are not one compressed stream and nothing behind it. */
function inflateWhole(bytes: Uint8Array): Uint8Array | null {
  try {
    // With `info`, which the types leave out, the result also tells how much of the input the stream was.
    const result: unknown = inflateSync(bytes, { maxOutputLength: looseMaxBytes, info: true })
    const { buffer, engine } = result as { buffer: Uint8Array; engine: { bytesWritten: number } }
    return engine.bytesWritten === bytes.byteLength ? buffer : null
  } catch {
    return null
  }
}

/** What `git repack` leaves for servers: the names of the packs. */
function listsPacks(text: string): boolean {
  return /^(?:P pack-[0-9a-f]+\.pack\n)*\n?$/.test(text)
}

async function isAsOurs(name: string, { root, scratch }: AuditContext): Promise<boolean> {
  const ours = Bun.file(join(scratch, name))
  return (await ours.exists()) && Buffer.from(await ours.bytes()).equals(await readFile(join(root, name)))
}

async function filesBelow(path: string): Promise<string[]> {
  if (!(await lstat(path)).isDirectory()) return [path]
  const nested = await Promise.all((await readdir(path)).sort().map((name) => filesBelow(join(path, name))))
  return nested.flat()
}
