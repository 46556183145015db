import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { FaultError } from '../domain/fault.ts'
import { type Engine, statusOf } from './engine.ts'

/** A member of a tar stream. Its content can be read only until the next one is asked for. */
export interface TarMember {
  /** Without leading `./` or `/`, and without a trailing slash. */
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other'
  readonly mode: number
  readonly sizeBytes: number
  readonly linkTo?: string
  readonly stream: Readable
}

/** Walks a tar stream in constant memory; what is left unread of a member is skipped. */
export async function* tarMembers(stream: Readable): AsyncGenerator<TarMember> {
  const members = extract()
  stream.on('error', (error) => members.destroy(error))
  stream.pipe(members)
  try {
    for await (const member of members) {
      const { header } = member
      yield {
        path: header.name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, ''),
        type: typeOf(header.type),
        mode: (header.mode ?? 0) & 0o7777,
        sizeBytes: header.size ?? 0,
        ...(header.linkname ? { linkTo: header.linkname } : {}),
        stream: member as unknown as Readable,
      }
      member.resume()
    }
  } finally {
    stream.destroy()
  }
}

function typeOf(type: string | null | undefined): TarMember['type'] {
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return 'file'
    case 'directory':
    case 'symlink':
      return type
    case 'link':
      return 'hardlink'
    default:
      return 'other'
  }
}

/** Reads one file of a container from outside. Null where it is absent, no regular file, or larger than the bound. */
export async function readContainerFile(
  engine: Engine,
  container: string,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const stream = await openArchive(engine, container, path, signal)
  if (stream === null) return null
  for await (const member of tarMembers(stream)) {
    return member.type === 'file' && member.sizeBytes <= maxBytes ? await buffer(member.stream) : null
  }
  return null
}

/** The engine's tar of a path in a container, running or not; null where there is no such path. */
export async function openArchive(
  engine: Engine,
  container: string,
  path: string,
  signal: AbortSignal,
): Promise<Readable | null> {
  try {
    return await engine.stream({
      method: 'GET',
      path: `/containers/${container}/archive`,
      query: { path },
      doing: `read ${path} of a container`,
      signal,
    })
  } catch (error) {
    if (statusOf(error) === 404 || (error instanceof FaultError && noSuchPath.test(error.message))) return null
    throw error
  }
}

/** What the engine says, with status 500, of a path that leads through a file, in a circle, or is too long. */
const noSuchPath = /: not a directory$|too many links|: file name too long$/
