import { gitOutput, gitText } from './git.ts'

export type BlobsOutcome =
  /** In the order asked for. */
  | { readonly kind: 'read'; readonly contents: readonly Uint8Array[] }
  | { readonly kind: 'too-large'; readonly totalBytes: number }

/** Reads whole objects, all of them or, where together they exceed the limit, none. */
export async function readBlobs(
  gitDir: string,
  ids: readonly string[],
  options: { readonly limitBytes: number; readonly signal: AbortSignal },
): Promise<BlobsOutcome> {
  if (ids.length === 0) return { kind: 'read', contents: [] }
  const { signal } = options
  const stdin = `${ids.join('\n')}\n`
  const sizes = await gitText(['cat-file', '--batch-check=%(objectsize)'], { gitDir, stdin, signal })
  const totalBytes = sizes.split('\n').reduce((sum, size) => sum + Number(size), 0)
  if (totalBytes > options.limitBytes) return { kind: 'too-large', totalBytes }
  const outputLimitBytes = 2 * (totalBytes + ids.length * 128)
  return {
    kind: 'read',
    contents: split(await gitOutput(['cat-file', '--batch'], { gitDir, stdin, outputLimitBytes, signal })),
  }
}

/** Each object is `id type size`, a line feed, its bytes, a line feed. */
function split(output: Uint8Array): Uint8Array[] {
  const contents: Uint8Array[] = []
  const decoder = new TextDecoder()
  for (let at = 0; at < output.byteLength; ) {
    const lineEnd = output.indexOf(10, at)
    const header = decoder.decode(output.subarray(at, lineEnd))
    const sizeBytes = Number(header.split(' ')[2])
    if (lineEnd < 0 || !Number.isSafeInteger(sizeBytes)) throw new Error(`git cat-file answered "${header}"`)
    contents.push(output.subarray(lineEnd + 1, lineEnd + 1 + sizeBytes))
    at = lineEnd + 1 + sizeBytes + 1
  }
  return contents
}
