import type { Instance } from '../domain/instance.ts'
import { type ByteLine, byteLines } from '../util/byte-lines.ts'
import { Duplicates } from './duplicates.ts'
import { readInstance } from './instance-row.ts'
import { openInput, UnreadableInput } from './open-input.ts'
import type { InputProblem } from './problem.ts'
import { readRow } from './row-json.ts'

export type InputRow =
  | { readonly kind: 'instance'; readonly line: number; readonly instance: Instance }
  | ({ readonly kind: 'problem' } & InputProblem)

const mebibyte = 1024 * 1024
const lineLimitBytes = 64 * mebibyte

/**
 * Streams the instances of a JSONL file, plain or packed, in memory that does not grow with their content. A bad row is
 * a problem and the rows after it are still read; a warning about a row follows the instance that it leaves in.
 */
export async function* readInstances(path: string): AsyncGenerator<InputRow> {
  const opened = await openInput(path)
  if (opened.kind === 'refused') return yield fileProblem(opened.code, opened.message)
  const duplicates = new Duplicates()
  let rows = 0
  try {
    for await (const line of byteLines(opened.chunks, lineLimitBytes)) {
      const refusal = rows === 0 ? refuseFile(line) : null
      if (refusal !== null) return yield refusal
      for (const row of readLine(line, duplicates)) {
        rows += 1
        yield row
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error
    return yield fileProblem('E_FORMAT', `${error.message} — fetch or pack the file again`)
  }
  if (rows === 0) yield fileProblem('E_EMPTY', 'holds no instance — one JSON object per line expected')
}

/** What the first line with content shows to be no JSONL at all, so that not every line has to be complained about. */
function refuseFile(line: ByteLine): InputRow | null {
  if (line.kind === 'too-long') return null
  const [first, second] = line.bytes
  if ((first === 0xff && second === 0xfe) || second === 0) {
    return fileProblem('E_ENCODING', 'is not UTF-8 (looks like UTF-16LE) — convert it to UTF-8')
  }
  if ((first === 0xfe && second === 0xff) || first === 0) {
    return fileProblem('E_ENCODING', 'is not UTF-8 (looks like UTF-16BE) — convert it to UTF-8')
  }
  if (/^\ufeff?\s*\[/.test(new TextDecoder('utf-8', { ignoreBOM: true }).decode(line.bytes.subarray(0, 100)))) {
    return fileProblem('E_JSONL_ARRAY', 'is one JSON array — one object per line expected (`jq -c .[]` makes that)')
  }
  return null
}

function* readLine(line: ByteLine, duplicates: Duplicates): Generator<InputRow> {
  const { number } = line
  if (line.kind === 'too-long') {
    const size = Math.ceil(line.byteCount / mebibyte)
    const message = `line is ${size} MiB, limit ${lineLimitBytes / mebibyte} MiB — leave the instance out`
    return yield { kind: 'problem', severity: 'error', line: number, code: 'E_LINE_LONG', message }
  }
  const json = readRow(line.bytes)
  if (json.kind === 'blank') return
  if (json.kind === 'problem') {
    return yield { kind: 'problem', severity: 'error', line: number, code: json.code, message: json.message }
  }
  const { instance, instance_id, problems } = readInstance(json.row)
  const place = { kind: 'problem', line: number, ...(instance_id === undefined ? {} : { instance_id }) } as const
  const duplicate = instance === null ? null : duplicates.check(instance, number)
  if (instance !== null && duplicate === null) yield { kind: 'instance', line: number, instance }
  for (const problem of duplicate === null ? problems : [duplicate]) yield { ...place, ...problem }
}

function fileProblem(code: string, message: string): InputRow {
  return { kind: 'problem', severity: 'error', line: 0, code, message }
}
