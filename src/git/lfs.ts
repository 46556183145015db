import { readBlobs } from './blobs.ts'
import type { Tree } from './tree.ts'

const pointerMaxBytes = 1024
const pointer =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:[a-z0-9.-]+ .*\n)*oid sha256:[0-9a-f]{64}\nsize \d+\n?$/

/** Files whose content is kept outside of git, by Git LFS: what is tracked of them is a pointer. */
export async function findLfsPointers(gitDir: string, tree: Tree, signal: AbortSignal): Promise<string[]> {
  const small = tree.entries.filter(
    ({ mode, sizeBytes }) => mode !== '120000' && sizeBytes >= 100 && sizeBytes <= pointerMaxBytes,
  )
  const limitBytes = small.length * pointerMaxBytes
  const blobs = await readBlobs(
    gitDir,
    small.map(({ oid }) => oid),
    { limitBytes, signal },
  )
  if (blobs.kind === 'too-large') throw new Error(`${gitDir}: small files hold ${blobs.totalBytes} bytes`)
  const decoder = new TextDecoder()
  return small.filter((_, at) => pointer.test(decoder.decode(blobs.contents[at]))).map(({ path }) => path)
}
