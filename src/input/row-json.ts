import { isRecord } from '../util/is-record.ts'

export type RowJson =
  | { readonly kind: 'object'; readonly row: Readonly<Record<string, unknown>> }
  | { readonly kind: 'blank' }
  | { readonly kind: 'problem'; readonly code: 'E_UTF8' | 'E_JSON' | 'E_JSON_DEPTH'; readonly message: string }

/** Of brackets within brackets; rows of every schema we know have fewer than ten. */
const depthLimit = 200

/** One line as a JSON object. Keys such as `__proto__` are plain data. */
export function readRow(bytes: Uint8Array): RowJson {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim()
  } catch {
    const at = firstBadByte(bytes)
    const byte = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')
    return problem('E_UTF8', `byte 0x${byte} at column ${at + 1} is not UTF-8 — write the file as UTF-8`)
  }
  if (text === '') return { kind: 'blank' }
  const { depth, isClosed } = nesting(text)
  if (depth > depthLimit) return problem('E_JSON_DEPTH', `nested ${depth} deep, limit ${depthLimit} — flatten the row`)
  try {
    const row: unknown = JSON.parse(text)
    if (isRecord(row)) return { kind: 'object', row }
    return problem('E_JSON', `is ${typeName(row)} — one JSON object per line expected`)
  } catch (error) {
    if (!isClosed)
      return problem('E_JSON', 'unexpected end — was the file cut? One whole JSON object per line expected')
    if (text.endsWith(','))
      return problem('E_JSON', 'comma after the object — one JSON object per line, nothing between')
    return problem('E_JSON', `${error instanceof Error ? error.message : error} — one JSON object per line expected`)
  }
}

/** What a JSON value is, with its article. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function problem(code: 'E_UTF8' | 'E_JSON' | 'E_JSON_DEPTH', message: string): RowJson {
  return { kind: 'problem', code, message }
}

/** Decoding replaces what is not UTF-8, so the first byte that does not come back is the bad one. */
function firstBadByte(bytes: Uint8Array): number {
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const back = new TextEncoder().encode(decoded)
  return bytes.findIndex((byte, index) => byte !== back[index])
}

/** How deep brackets outside strings go, and whether all of them and the last string are closed. */
function nesting(text: string): { depth: number; isClosed: boolean } {
  let depth = 0
  let open = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (char === 0x22) {
      at = closingQuote(text, at + 1)
      if (at < 0) return { depth, isClosed: false }
    } else if (char === 0x5b || char === 0x7b) {
      open += 1
      depth = Math.max(depth, open)
    } else if (char === 0x5d || char === 0x7d) {
      open -= 1
    }
  }
  return { depth, isClosed: open <= 0 }
}

/** Position of the quote that ends the string which begins at `start`, or -1. */
function closingQuote(text: string, start: number): number {
  for (let at = text.indexOf('"', start); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (at - backslashes > start && text.charCodeAt(at - backslashes - 1) === 0x5c) backslashes += 1
    if (backslashes % 2 === 0) return at
  }
  return -1
}
