import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { type TarMember, tarMembers } from './archive.ts'
import type { ImageVisitor } from './image-scan.ts'

/** The members of a saved image that hold its layers, base first. */
export async function layerMembers(saved: Readable): Promise<readonly string[]> {
  for await (const member of tarMembers(saved)) {
    if (member.path !== 'manifest.json') continue
    const [manifest] = JSON.parse((await buffer(member.stream)).toString()) as readonly SavedManifest[]
    return manifest?.Layers ?? []
  }
  return []
}

interface SavedManifest {
  readonly Layers: readonly string[]
}

/** Visits the files of the named layers in a saved image. A layer equal to an earlier one is only a link to it. */
export async function visitSavedImage(
  saved: Readable,
  layers: ReadonlySet<string>,
  visit: ImageVisitor,
): Promise<void> {
  for await (const member of tarMembers(saved)) {
    if (layers.has(member.path) && member.type === 'file') await visitTar(await uncompressed(member.stream), '', visit)
  }
}

/** Visits the files of a tar whose paths are below `parent`, which is empty or ends with a slash. */
export async function visitTar(tar: Readable, parent: string, visit: ImageVisitor): Promise<void> {
  for await (const member of tarMembers(tar)) {
    if (member.type === 'directory' || /(?:^|\/)\.wh\.[^/]*$/.test(member.path)) continue
    await visit({
      path: `${parent}${member.path}`,
      type: member.type === 'symlink' || member.type === 'hardlink' ? 'link' : member.type,
      mode: member.mode,
      sizeBytes: member.sizeBytes,
      ...linkOf(member, parent),
      content: () => buffer(member.stream),
      chunks: () => member.stream,
    })
  }
}

function linkOf(member: TarMember, parent: string): { readonly linkTo?: string } {
  if (member.linkTo === undefined) return {}
  return {
    linkTo: member.type === 'hardlink' ? `/${parent}${member.linkTo.replace(/^(?:\.?\/)+/, '')}` : member.linkTo,
  }
}

/** Engines with the containerd store save layers as they were pulled. */
async function uncompressed(stream: Readable): Promise<Readable> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const first = await chunks.next()
  if (first.done) return stream
  const whole = Readable.from(startingWith(first.value, chunks))
  const magic = first.value.toString('hex', 0, 4)
  if (magic.startsWith('1f8b')) return whole.pipe(createGunzip())
  return magic === '28b52ffd' ? whole.pipe(createZstdDecompress()) : whole
}

async function* startingWith(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}
