import { createHash } from 'node:crypto'

/** A pure-Python wheel, the same bytes on every machine: entries stored uncompressed, dated 1980. */
export function wheelOf(name: string, version: string, modules: Readonly<Record<string, string>>): Uint8Array {
  const info = `${name}-${version}.dist-info`
  const files = new Map(Object.entries(modules))
  files.set(`${info}/METADATA`, `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`)
  files.set(`${info}/WHEEL`, 'Wheel-Version: 1.0\nGenerator: openswe-demo\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
  files.set(`${info}/RECORD`, recordOf(files, `${info}/RECORD`))
  return storedZip(files)
}

function recordOf(files: ReadonlyMap<string, string>, recordPath: string): string {
  const lines = [...files].map(([path, content]) => {
    const digest = createHash('sha256').update(content).digest('base64url')
    return `${path},sha256=${digest},${Buffer.byteLength(content)}\n`
  })
  return `${lines.join('')}${recordPath},,\n`
}

const dosDate1980 = 0x0021
const zipVersion = 20

function storedZip(files: ReadonlyMap<string, string>): Uint8Array {
  const entries: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [path, content] of files) {
    const name = Buffer.from(path)
    const data = Buffer.from(content)
    const facts = entryFacts(name, data)
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), facts, name, data])
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), uint16(zipVersion), facts, directoryFacts(offset), name]))
    entries.push(entry)
    offset += entry.byteLength
  }
  const index = Buffer.concat(directory)
  const counts = Buffer.concat([uint16(0), uint16(0), uint16(files.size), uint16(files.size)])
  const end = Buffer.concat([Buffer.from('PK\x05\x06'), counts, uint32(index.byteLength), uint32(offset), uint16(0)])
  return Buffer.concat([...entries, index, end])
}

/** The part that a local header and a directory entry share: version to extra-field length. */
function entryFacts(name: Buffer, data: Buffer): Buffer {
  const flags = uint16(0)
  const method = uint16(0)
  const time = uint16(0)
  const sizes = [uint32(data.byteLength), uint32(data.byteLength)]
  const lengths = [uint16(name.byteLength), uint16(0)]
  const crc = uint32(Bun.hash.crc32(data))
  return Buffer.concat([uint16(zipVersion), flags, method, time, uint16(dosDate1980), crc, ...sizes, ...lengths])
}

/** What only a directory entry has: comment length, disk, attributes (none), and where the entry starts. */
function directoryFacts(offset: number): Buffer {
  return Buffer.concat([uint16(0), uint16(0), uint16(0), uint32(0), uint32(offset)])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
