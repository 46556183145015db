import { stat } from 'node:fs/promises'

export type OpenedInput =
  /** The file's bytes, unpacked where they are gzip or zstd. Reading them may throw UnreadableInput. */
  | { readonly kind: 'open'; readonly chunks: AsyncIterable<Uint8Array> }
  | { readonly kind: 'refused'; readonly code: 'E_OPEN' | 'E_FORMAT'; readonly message: string }

/** The stream broke: packed data that are damaged, or a disk that fails. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput'
}

/** Opens a regular file, packed or not, judged by its first bytes and not by its name. */
export async function openInput(path: string): Promise<OpenedInput> {
  let head: Uint8Array
  try {
    if (!(await stat(path)).isFile()) return refused('E_OPEN', 'is not a regular file — give a JSONL file')
    head = await Bun.file(path).slice(0, 6).bytes()
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? (openErrors[String(error.code)] ?? error.code) : error
    return refused('E_OPEN', `${why} — give the path of a JSONL file`)
  }
  const format = formats.find(({ magic }) => magic.every((byte, index) => head[index] === byte))
  if (format?.packing === null) {
    return refused('E_FORMAT', `is ${format.name} — give JSONL, plain or packed as .gz or .zst`)
  }
  const bytes = Bun.file(path).stream()
  return { kind: 'open', chunks: readable(format ? bytes.pipeThrough(new DecompressionStream(format.packing)) : bytes) }
}

const openErrors: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  ENOTDIR: 'a parent is not a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'the name is too long',
}

interface Format {
  readonly name: string
  readonly magic: readonly number[]
  readonly packing: 'gzip' | 'zstd' | null
}

const formats: readonly Format[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], packing: 'gzip' },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], packing: 'zstd' },
  { name: 'a zip archive', magic: [0x50, 0x4b, 0x03, 0x04], packing: null },
  { name: 'a Parquet table', magic: [0x50, 0x41, 0x52, 0x31], packing: null },
  { name: 'packed by bzip2', magic: [0x42, 0x5a, 0x68], packing: null },
  { name: 'packed by xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], packing: null },
]

function refused(code: 'E_OPEN' | 'E_FORMAT', message: string): OpenedInput {
  return { kind: 'refused', code, message }
}

async function* readable(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk
  } catch (error) {
    throw new UnreadableInput(`cannot be read further: ${String(error)}`, { cause: error })
  }
}
