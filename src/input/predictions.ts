import type { Prediction } from '../domain/prediction.ts'
import { type ByteLine, byteLines } from '../util/byte-lines.ts'
import { isRecord } from '../util/is-record.ts'
import { messageOf } from '../util/message-of.ts'
import { openInput, UnreadableInput } from './open-input.ts'
import { readPrediction } from './prediction-row.ts'
import type { InputProblem } from './problem.ts'
import { readRow, typeName } from './row-json.ts'

export type PredictionRow =
  | { readonly kind: 'prediction'; readonly line: number; readonly prediction: Prediction }
  | ({ readonly kind: 'problem' } & InputProblem)

const mebibyte = 1024 * 1024
/** Of a line, and of a file that is one JSON value: those are read whole. */
const limitBytes = 256 * mebibyte

/**
 * Streams the predictions of a file, plain or packed: one JSON object a line, one list of them, or one object by
 * instance id, as mini-swe-agent writes it. A bad row is a problem, and the rows after it are still read.
 */
export async function* readPredictions(path: string): AsyncGenerator<PredictionRow> {
  const opened = await openInput(path)
  if (opened.kind === 'refused') return yield fileProblem(opened.code, opened.message)
  let rows = 0
  try {
    for await (const row of rowsOf(byteLines(opened.chunks, limitBytes))) {
      rows += 1
      yield row
    }
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error
    return yield fileProblem('E_FORMAT', `${error.message} — fetch or pack the file again`)
  }
  if (rows === 0) yield fileProblem('E_EMPTY', 'holds no prediction — one JSON object a line is wanted')
}

async function* rowsOf(lines: AsyncIterable<ByteLine>): AsyncGenerator<PredictionRow> {
  const iterator = lines[Symbol.asyncIterator]()
  for (let isFirst = true; ; ) {
    const next = await iterator.next()
    if (next.done) return
    const line = next.value
    if (isFirst && line.kind === 'line') {
      if (readRow(line.bytes).kind === 'blank') continue
      if (isWhole(line.bytes)) return yield* readWhole(await rest(line, iterator))
      isFirst = false
    }
    yield* readLine(line)
  }
}

/** The first line shows whether a file is one JSON value: a list, an object that goes on, or predictions by id. */
function isWhole(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 100)).trim()
  if (start.startsWith('[') || /^\{$/.test(new TextDecoder().decode(bytes.subarray(0, 4096)).trim())) return true
  const first = readRow(bytes)
  return first.kind === 'object' && isById(first.row)
}

function isById(row: Readonly<Record<string, unknown>>): boolean {
  return !('instance_id' in row) && Object.values(row).some(isRecord)
}

async function rest(first: ByteLine, lines: AsyncIterator<ByteLine>): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for (let next: IteratorResult<ByteLine> = { done: false, value: first }; !next.done; next = await lines.next()) {
    if (next.value.kind === 'too-long') return null
    bytes += next.value.bytes.byteLength + 1
    if (bytes > limitBytes) return null
    parts.push(next.value.bytes, lineFeed)
  }
  return Buffer.concat(parts)
}

const lineFeed = new Uint8Array([10])

function* readLine(line: ByteLine): Generator<PredictionRow> {
  const place = { kind: 'problem', severity: 'error', line: line.number } as const
  if (line.kind === 'too-long') {
    const message = `line is ${Math.ceil(line.byteCount / mebibyte)} MiB, limit ${limitBytes / mebibyte} MiB — leave it out`
    return yield { ...place, code: 'E_LINE_LONG', message }
  }
  const json = readRow(line.bytes)
  if (json.kind === 'blank') return
  if (json.kind === 'problem') return yield { ...place, code: json.code, message: json.message }
  yield* rowOf(json.row, line.number)
}

function* rowOf(row: Readonly<Record<string, unknown>>, line: number, key?: string): Generator<PredictionRow> {
  const read = readPrediction(row, key)
  if (read.kind === 'prediction') return yield { kind: 'prediction', line, prediction: read.prediction }
  const named = read.instance_id === undefined ? {} : { instance_id: read.instance_id }
  for (const problem of read.problems) yield { kind: 'problem', line, ...named, ...problem }
}

/** Rows of a file that is one JSON value have the place in it as their line, from 1. */
function* readWhole(bytes: Uint8Array | null): Generator<PredictionRow> {
  if (bytes === null) {
    const message = `is one JSON value of more than ${limitBytes / mebibyte} MiB — write one object a line`
    return yield fileProblem('E_LINE_LONG', message)
  }
  const value = parsed(bytes)
  if (value.kind === 'broken') return yield fileProblem(value.code, value.message)
  const entries = Array.isArray(value.json) ? value.json.map((row) => [undefined, row]) : Object.entries(value.json)
  for (const [at, [key, row]] of entries.entries()) {
    if (isRecord(row)) yield* rowOf(row, at + 1, key)
    else {
      const message = `entry ${at + 1} is ${typeName(row)} — predictions are JSON objects`
      yield { kind: 'problem', severity: 'error', line: at + 1, code: 'E_JSON', message }
    }
  }
}

type Parsed =
  | { readonly kind: 'parsed'; readonly json: object }
  | { readonly kind: 'broken'; readonly code: string; readonly message: string }

function parsed(bytes: Uint8Array): Parsed {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { kind: 'broken', code: 'E_UTF8', message: 'is not UTF-8 — write the file as UTF-8' }
  }
  try {
    return { kind: 'parsed', json: JSON.parse(text) }
  } catch (error) {
    const why = messageOf(error)
    const message = `is not JSON: ${why} — one object a line, a list of them, or an object by instance id is wanted`
    return { kind: 'broken', code: 'E_JSON', message }
  }
}

function fileProblem(code: string, message: string): PredictionRow {
  return { kind: 'problem', severity: 'error', line: 0, code, message }
}
