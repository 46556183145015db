import type { Quality } from './quality/quality.ts'

const closingBrace = 125

/** The line with `quality` as its object's last field, otherwise byte for byte; one that an earlier pass wrote goes. */
export function annotated(line: Uint8Array, quality: Quality, hasQuality: boolean): Uint8Array {
  const bare = hasQuality ? withoutQuality(line) : line
  const end = bare.lastIndexOf(closingBrace)
  const field = Buffer.from(`,"quality":${JSON.stringify(quality)}`)
  return Buffer.concat([bare.subarray(0, end), field, bare.subarray(end)])
}

function withoutQuality(line: Uint8Array): Uint8Array {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  const at = bytes.lastIndexOf(',"quality":')
  const bare = Buffer.concat([bytes.subarray(0, at), bytes.subarray(bytes.lastIndexOf(closingBrace))])
  try {
    return at > 0 && JSON.parse(bare.toString()).quality === undefined ? bare : line
  } catch {
    return line
  }
}
