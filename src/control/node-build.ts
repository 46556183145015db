import { open } from 'node:fs/promises'
import * as v from 'valibot'
import { Parcel } from '../ssh/parcel.ts'

/**
 * What hosts run is a build of its own, without bytecode and source maps: smaller, and starting a little slower. It has
 * the same runtime, at the same place, as the binary that people run; so a binary holds it at its end as that which
 * differs, packed, and after that this label, in JSON and spaces.
 */
export interface NodeBuildLabel {
  readonly openswe: string
  /** Such as `linux-x64-baseline`. */
  readonly target: string
  readonly sha256: string
  readonly sizeBytes: number
  /** The stretch that is the runtime. */
  readonly runtime: { readonly sha256: string; readonly atByte: number; readonly sizeBytes: number }
  /** Of what differs, just before the label. */
  readonly packedBytes: number
}

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const labelSchema = v.object({
  openswe: v.string(),
  target: v.string(),
  sha256: hash,
  sizeBytes: count,
  runtime: v.object({ sha256: hash, atByte: count, sizeBytes: count }),
  packedBytes: count,
})

const labelBytes = 512

/** A binary's build for hosts. */
export interface NodeBuild {
  readonly label: NodeBuildLabel
  /** The binary that holds it. */
  readonly path: string
  readonly parcel: Parcel
}

/** Null where the file holds none: it is Bun itself, or not one of our binaries. Rejects where it cannot be read. */
export async function readNodeBuild(path: string): Promise<NodeBuild | null> {
  const label = await readLabel(path)
  if (label === null) return null
  const { sha256, sizeBytes, runtime } = label
  const own = Bun.file(path)
  let rest: Promise<Uint8Array> | null = null
  const readRest = async () => {
    const end = own.size - labelBytes
    return await Bun.zstdDecompress(await own.slice(end - label.packedBytes, end).bytes())
  }
  const runtimeEnd = runtime.atByte + runtime.sizeBytes
  async function* read(fromByte: number, toByte: number): AsyncGenerator<Uint8Array> {
    rest ??= readRest()
    const around = await rest
    const without = (atByte: number) => Math.max(runtime.atByte, atByte - runtime.sizeBytes)
    if (fromByte < runtime.atByte) yield around.subarray(fromByte, Math.min(toByte, runtime.atByte))
    const [from, to] = [Math.max(fromByte, runtime.atByte), Math.min(toByte, runtimeEnd)]
    if (from < to) yield* own.slice(from, to).stream()
    if (toByte > runtimeEnd) yield around.subarray(without(Math.max(fromByte, runtimeEnd)), without(toByte))
  }
  return { label, path, parcel: new Parcel({ sha256, sizeBytes, shared: runtime, read }) }
}

async function readLabel(path: string): Promise<NodeBuildLabel | null> {
  await using file = await open(path)
  const { size } = await file.stat()
  const { buffer } = await file.read(Buffer.alloc(labelBytes), 0, labelBytes, Math.max(0, size - labelBytes))
  try {
    const result = v.safeParse(labelSchema, JSON.parse(buffer.toString()))
    return result.success ? result.output : null
  } catch {
    return null
  }
}

/** What is put at the end of a binary: the build for hosts as far as it differs from it, and the label. */
export async function nodeBuildTrailer(
  binary: Uint8Array,
  nodeBinary: Uint8Array,
  made: Pick<NodeBuildLabel, 'openswe' | 'target'>,
): Promise<Uint8Array> {
  const runtime = runtimeOf(nodeBinary)
  const end = runtime.atByte + runtime.sizeBytes
  const bytes = nodeBinary.subarray(runtime.atByte, end)
  if (Buffer.compare(bytes, binary.subarray(runtime.atByte, end)) !== 0) {
    throw new Error('the two builds do not have the same runtime at the same place')
  }
  const differing = Buffer.concat([nodeBinary.subarray(0, runtime.atByte), nodeBinary.subarray(end)])
  const packed = await Bun.zstdCompress(differing, { level: 6 })
  const label: NodeBuildLabel = {
    ...made,
    sha256: sha256Of(nodeBinary),
    sizeBytes: nodeBinary.byteLength,
    runtime: { ...runtime, sha256: sha256Of(bytes) },
    packedBytes: packed.byteLength,
  }
  return Buffer.concat([packed, Buffer.from(JSON.stringify(label).padEnd(labelBytes))])
}

const sha256Of = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex')

/** The first page holds sizes, which differ; then comes what Bun is made of, up to the section with what is compiled. */
function runtimeOf(binary: Uint8Array): { readonly atByte: number; readonly sizeBytes: number } {
  const atByte = 4096
  const end = sectionOffset(binary, '.bun')
  if (end === null || end <= atByte) throw new Error('the compiled binary has no section .bun')
  return { atByte, sizeBytes: end - atByte }
}

/** Where a section begins in a 64-bit little-endian ELF file. */
function sectionOffset(binary: Uint8Array, name: string): number | null {
  const view = new DataView(binary.buffer, binary.byteOffset, binary.byteLength)
  const offset = (at: number) => Number(view.getBigUint64(at, true))
  const [table, entryBytes, entries] = [offset(0x28), view.getUint16(0x3a, true), view.getUint16(0x3c, true)]
  const entry = (index: number) => table + index * entryBytes
  const names = offset(entry(view.getUint16(0x3e, true)) + 0x18)
  const wanted = `${name}\0`
  for (let index = 0; index < entries; index += 1) {
    const at = names + view.getUint32(entry(index), true)
    if (Buffer.from(binary.subarray(at, at + wanted.length)).toString('latin1') === wanted) {
      return offset(entry(index) + 0x18)
    }
  }
  return null
}
