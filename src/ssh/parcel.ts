import { createGzip, createZstdCompress, constants as zlib } from 'node:zlib'

export const packings = ['zstd', 'gzip'] as const
export type Packing = (typeof packings)[number]

/** A stretch of a file that other files have too, at the same place. */
export interface SharedStretch {
  /** Of the stretch alone: whoever names the same one has the same bytes. */
  readonly sha256: string
  readonly atByte: number
  readonly sizeBytes: number
}

export interface ParcelContent {
  /** Of the whole, in hex, as `sha256sum` prints it. */
  readonly sha256: string
  readonly sizeBytes: number
  readonly shared?: SharedStretch
  /** The bytes from one place up to another. */
  read(fromByte: number, toByte: number): AsyncIterable<Uint8Array>
}

/** A file that is sent to many hosts: packed once for each way that a host unpacks, and kept in memory only so. */
export class Parcel {
  readonly content: ParcelContent
  readonly #packed = new Map<string, Promise<Uint8Array>>()

  constructor(content: ParcelContent) {
    this.content = content
  }

  static async ofFile(path: string): Promise<Parcel> {
    const file = Bun.file(path)
    const hasher = new Bun.CryptoHasher('sha256')
    for await (const chunk of file.stream()) hasher.update(chunk)
    return new Parcel({
      sha256: hasher.digest('hex'),
      sizeBytes: file.size,
      read: (fromByte, toByte) => file.slice(fromByte, toByte).stream(),
    })
  }

  /** The whole of it, or what is left of it without the stretch that others share. */
  packed(packing: Packing, part: 'whole' | 'without-shared'): Promise<Uint8Array> {
    const key = `${packing} ${part}`
    const packed = this.#packed.get(key) ?? pack(part === 'whole' ? this.#whole() : this.#withoutShared(), packing)
    this.#packed.set(key, packed)
    return packed
  }

  #whole(): AsyncIterable<Uint8Array> {
    return this.content.read(0, this.content.sizeBytes)
  }

  async *#withoutShared(): AsyncGenerator<Uint8Array> {
    const { sizeBytes, shared = { atByte: 0, sizeBytes: 0 } } = this.content
    yield* this.content.read(0, shared.atByte)
    yield* this.content.read(shared.atByte + shared.sizeBytes, sizeBytes)
  }
}

/** Light packing: on any but the slowest links, more of it takes longer than it saves. */
async function pack(content: AsyncIterable<Uint8Array>, packing: Packing): Promise<Uint8Array> {
  const packer =
    packing === 'zstd'
      ? createZstdCompress({ params: { [zlib.ZSTD_c_compressionLevel]: 3 } })
      : createGzip({ level: 1 })
  const chunks: Uint8Array[] = []
  packer.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  const ended = Promise.withResolvers<void>()
  packer.on('end', () => ended.resolve())
  packer.on('error', ended.reject)
  for await (const chunk of content) await new Promise<void>((taken) => packer.write(chunk, () => taken()))
  packer.end()
  await ended.promise
  return Buffer.concat(chunks)
}
