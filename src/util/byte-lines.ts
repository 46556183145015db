export type ByteLine =
  | { readonly kind: 'line'; readonly number: number; readonly bytes: Uint8Array }
  /** Longer than the limit: its bytes were counted and dropped. */
  | { readonly kind: 'too-long'; readonly number: number; readonly byteCount: number }

const lineFeed = 10

/** Cuts a stream at line feeds, numbering from 1; never holds more than one chunk and `limitBytes` of a line. */
export async function* byteLines(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<ByteLine> {
  for await (const lines of byteLineBatches(chunks, limitBytes)) yield* lines
}

/** As `byteLines`, all lines that end in a chunk at a time: for millions of lines, where each wait counts. */
export async function* byteLineBatches(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<readonly ByteLine[]> {
  let number = 1
  let parts: Uint8Array[] = []
  let byteCount = 0
  const take = (part: Uint8Array) => {
    byteCount += part.byteLength
    if (byteCount > limitBytes) parts = []
    else parts.push(part)
  }
  const finish = (): ByteLine => {
    const line: ByteLine =
      byteCount > limitBytes ? { kind: 'too-long', number, byteCount } : { kind: 'line', number, bytes: join(parts) }
    parts = []
    byteCount = 0
    number += 1
    return line
  }
  for await (const chunk of chunks) {
    const lines: ByteLine[] = []
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      take(chunk.subarray(start, end))
      lines.push(finish())
      start = end + 1
    }
    if (start < chunk.byteLength) take(chunk.slice(start))
    if (lines.length > 0) yield lines
  }
  if (byteCount > 0) yield [finish()]
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts)
}
