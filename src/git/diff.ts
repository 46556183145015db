import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { explain, git } from './git.ts'
import { objectFormatOf } from './object-id.ts'
import { Scratch } from './scratch.ts'

export type DiffOutcome =
  | { readonly kind: 'diff'; readonly text: string }
  | { readonly kind: 'too-large' | 'unreadable'; readonly explanation: string }

/** Whole ids: short ones would grow with the repository. */
const diffArgs = ['diff-tree', '-p', '--binary', '--full-index', '--find-renames', '--no-color', '--no-ext-diff']

/**
 * The change from one commit to another as text that applies byte for byte. A file whose lines are not UTF-8 is given
 * as git gives binary files, in ASCII, so that nothing is lost in JSON.
 */
export async function diffCommits(
  gitDir: string,
  base: string,
  end: string,
  options: { readonly limitBytes: number; readonly signal: AbortSignal },
): Promise<DiffOutcome> {
  await using scratch = await Scratch.over(gitDir, objectFormatOf(end))
  const asText = await diff(scratch.gitDir, base, end, options)
  if (asText.kind !== 'bytes') return asText
  const text = decode(asText.bytes)
  if (text !== null) return { kind: 'diff', text }
  await writeFile(join(scratch.gitDir, 'info/attributes'), '* -diff\n')
  const asBinary = await diff(scratch.gitDir, base, end, options)
  if (asBinary.kind !== 'bytes') return asBinary
  const binaries = files(asBinary.bytes)
  const parts = files(asText.bytes).map((file, index) => decode(file) ?? decode(binaries[index] ?? new Uint8Array()))
  if (parts.some((part) => part === null))
    return { kind: 'unreadable', explanation: 'the diff cannot be told as UTF-8' }
  return { kind: 'diff', text: parts.join('') }
}

type RawDiff = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | Exclude<DiffOutcome, { readonly kind: 'diff' }>

async function diff(
  gitDir: string,
  base: string,
  end: string,
  { limitBytes, signal }: { readonly limitBytes: number; readonly signal: AbortSignal },
): Promise<RawDiff> {
  // What is kept of a longer output is its beginning and its end, so a byte more than the limit tells.
  const result = await git([...diffArgs, base, end, '--'], { gitDir, outputLimitBytes: limitBytes + 1, signal })
  if (result.exitCode !== 0) return { kind: 'unreadable', explanation: explain(result) }
  if (result.stdout.byteLength > limitBytes) {
    return { kind: 'too-large', explanation: `the diff has more than ${limitBytes} bytes` }
  }
  return { kind: 'bytes', bytes: result.stdout }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

const fileStart = Buffer.from('\ndiff --git ')

/** Lines of content begin with a sign and those of binary data hold no space, so a header can be told from them. */
function files(bytes: Uint8Array): Uint8Array[] {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const starts = [0]
  for (let at = whole.indexOf(fileStart); at >= 0; at = whole.indexOf(fileStart, at + 1)) starts.push(at + 1)
  return starts.map((start, index) => whole.subarray(start, starts[index + 1] ?? whole.length))
}
