import { constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'

const maxDepth = 3
const maxUnpackedBytes = 64 * 1024 * 1024

/**
 * The bytes, and what gzip, zstd or zip hold in them, archives in archives included. What does not unpack, or unpacks
 * to more than 64 MiB, is passed over.
 */
export function* unfold(bytes: Uint8Array, depth = maxDepth): Generator<Uint8Array> {
  yield bytes
  if (depth === 0) return
  for (const inner of unpack(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
    if (inner !== null) yield* unfold(inner, depth - 1)
  }
}

/** What a zlib stream begins with, at most `length` bytes; null where the bytes are not one. */
export function zlibStart(bytes: Uint8Array, length: number): Uint8Array | null {
  if (bytes[0] !== 0x78) return null
  const options = { finishFlush: constants.Z_SYNC_FLUSH }
  return attempt(() => inflateSync(bytes.subarray(0, length * 4), options).subarray(0, length))
}

function* unpack(bytes: Buffer): Generator<Uint8Array | null> {
  const options = { maxOutputLength: maxUnpackedBytes }
  if (bytes.toString('hex', 0, 2) === '1f8b') yield attempt(() => gunzipSync(bytes, options))
  if (bytes.toString('hex', 0, 4) === '28b52ffd') yield attempt(() => zstdDecompressSync(bytes, options))
  if (bytes.toString('latin1', 0, 4) === 'PK\x03\x04') yield* zipMembers(bytes)
}

/** Members by the central directory at the end, as every installer reads them. */
function* zipMembers(zip: Buffer): Generator<Uint8Array | null> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'))
  if (end < 0 || end + 22 > zip.length) return
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0 && at + 46 <= zip.length; left -= 1) {
    yield attempt(() => zipMember(zip, at))
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
}

function zipMember(zip: Buffer, entry: number): Uint8Array {
  const header = zip.readUInt32LE(entry + 42)
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
  const packed = zip.subarray(start, start + zip.readUInt32LE(entry + 20))
  const isStored = zip.readUInt16LE(entry + 10) === 0
  return isStored ? packed : inflateRawSync(packed, { maxOutputLength: maxUnpackedBytes })
}

/** Null where the bytes only look like the format: then no tool reads more out of them than we do. */
function attempt(read: () => Uint8Array): Uint8Array | null {
  try {
    return read()
  } catch {
    return null
  }
}
