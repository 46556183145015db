import { instanceIdRule, isInstanceId } from '../domain/instance-id.ts'
import { readRow, typeName } from '../input/row-json.ts'
import { isRecord } from '../util/is-record.ts'

/** What the rules read of a row: one of `collect`, or of a published data set, which says less. Null says nothing. */
export interface FilterRow {
  readonly instance_id: string
  readonly repo: string
  readonly patch: string
  readonly test_patch?: string | null
  readonly problem_statement?: string | null
  readonly statement_from?: string | null
  readonly issue_numbers?: readonly unknown[] | null
  readonly stars?: number | null
  readonly language?: string | null
  readonly license_name?: string | null
  readonly is_fork?: boolean | null
  readonly pr_author?: string | null
  readonly merged_at?: string | number | null
  readonly created_at?: string | number | null
  /** Set where an earlier pass annotated the row. */
  readonly quality?: unknown
}

export type ReadFilterRow =
  | { readonly kind: 'row'; readonly row: FilterRow }
  | { readonly kind: 'blank' }
  | { readonly kind: 'broken'; readonly instance_id?: string; readonly code: string; readonly message: string }

/** Reads one line; a field of a type that the rules cannot take makes the row broken. Other fields are not looked at. */
export function readFilterRow(bytes: Uint8Array): ReadFilterRow {
  const object = parseObject(bytes)
  return object === null ? readUnusual(bytes) : rowOf(object)
}

type JsonObject = Readonly<Record<string, unknown>>

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The way of nearly every line, which takes one pass; null where it is not simply one object. */
function parseObject(bytes: Uint8Array): JsonObject | null {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

/** Blank, or broken: says what it is. */
function readUnusual(bytes: Uint8Array): ReadFilterRow {
  const json = readRow(bytes)
  if (json.kind === 'problem') return { kind: 'broken', code: json.code, message: json.message }
  return json.kind === 'object' ? rowOf(json.row) : json
}

function rowOf(object: JsonObject): ReadFilterRow {
  for (let at = 0; at < fieldRules.length; at += 1) {
    const message = fieldProblem(object, fieldRules[at])
    if (message !== null) return broken(object, message)
  }
  const row = object as unknown as FilterRow
  if (isInstanceId(row.instance_id)) return { kind: 'row', row }
  return broken({}, `"instance_id" is ${JSON.stringify(row.instance_id.slice(0, 80))} — must ${instanceIdRule}`)
}

function fieldProblem(object: JsonObject, rule: FieldRule | undefined): string | null {
  if (rule === undefined) return null
  const value = object[rule.name]
  if (value === undefined || value === null) {
    return rule.isMandatory ? `"${rule.name}" is missing — ${mandatory.join(', ')} are required` : null
  }
  if (rule.types.includes(Array.isArray(value) ? 'list' : typeof value)) return null
  return `"${rule.name}" is ${typeName(value)} — must be a ${rule.types.join(' or a ')}`
}

const mandatory: readonly string[] = ['instance_id', 'repo', 'base_commit', 'patch']

type FieldType = 'string' | 'number' | 'boolean' | 'list'

const fieldTypes: Readonly<Record<string, readonly FieldType[]>> = {
  instance_id: ['string'],
  repo: ['string'],
  base_commit: ['string'],
  patch: ['string'],
  test_patch: ['string'],
  problem_statement: ['string'],
  statement_from: ['string'],
  issue_numbers: ['list'],
  stars: ['number'],
  language: ['string'],
  license_name: ['string'],
  is_fork: ['boolean'],
  pr_author: ['string'],
  merged_at: ['string', 'number'],
  created_at: ['string', 'number'],
}

interface FieldRule {
  readonly name: string
  readonly types: readonly string[]
  readonly isMandatory: boolean
}

const fieldRules: readonly FieldRule[] = Object.entries(fieldTypes).map(([name, types]) => ({
  name,
  types,
  isMandatory: mandatory.includes(name),
}))

function broken(row: Readonly<Record<string, unknown>>, message: string): ReadFilterRow {
  const id = row.instance_id
  const named = typeof id === 'string' && isInstanceId(id) ? { instance_id: id } : {}
  return { kind: 'broken', ...named, code: 'E_TASK_FIELD', message }
}
