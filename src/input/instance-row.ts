import * as v from 'valibot'
import type { Instance, PublishedEnvironment } from '../domain/instance.ts'
import { isInstanceId } from '../domain/instance-id.ts'
import type { RowProblem } from './problem.ts'
import { typeName } from './row-json.ts'
import { checkPatches } from './row-patches.ts'
import { type Row, rowSchema, valueCodes } from './row-schema.ts'

export interface ReadInstance {
  /** Null where a problem is an error. */
  readonly instance: Instance | null
  /** The row's id where it is one, whatever else is wrong. */
  readonly instance_id?: string
  readonly problems: readonly RowProblem[]
}

/** Reads the fields we know of a row in any of the schemas; all that is wrong with the row is named at once. */
export function readInstance(row: Readonly<Record<string, unknown>>): ReadInstance {
  const id = row.instance_id
  const named = typeof id === 'string' && isInstanceId(id) ? { instance_id: id } : {}
  const fields = knownFields(row)
  const parsed = v.safeParse(rowSchema, fields)
  const problems = [...textProblems(fields), ...(parsed.issues ?? []).map(fieldProblem)]
  if (!parsed.success || problems.length > 0) return { ...named, instance: null, problems }
  const patches = checkPatches(parsed.output.patch, parsed.output.test_patch ?? '')
  if (patches.kind === 'unusable') return { ...named, instance: null, problems: patches.problems }
  const statement = shortened(parsed.output.problem_statement ?? '')
  const instance = instanceOf(parsed.output, patches.patch, patches.test_patch, statement.text)
  return { ...named, instance, problems: [...patches.warnings, ...statement.warnings] }
}

const mandatory = ['instance_id', 'repo', 'base_commit', 'patch']

/** Own fields that the schema names. Null and '' in any but the mandatory ones mean none, and are left out. */
function knownFields(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isGiven = (key: string) => mandatory.includes(key) || (row[key] !== null && row[key] !== '')
  const keys = Object.keys(rowSchema.entries).filter((key) => Object.hasOwn(row, key) && isGiven(key))
  return Object.fromEntries(keys.map((key) => [key, row[key]]))
}

function textProblems(fields: Readonly<Record<string, unknown>>): RowProblem[] {
  return Object.entries(fields).flatMap(([field, value]) => {
    const fault = [value].flat().map(textFault).find(Boolean)
    const message = `"${field}" ${fault} — remove it`
    return fault ? [{ severity: 'error', code: 'E_UTF8', message } as const] : []
  })
}

function textFault(text: unknown): string | null {
  if (typeof text !== 'string') return null
  if (text.includes('\0')) return 'holds a NUL'
  return text.isWellFormed() ? null : 'holds a lone surrogate, which UTF-8 cannot write'
}

function fieldProblem(issue: v.InferIssue<typeof rowSchema>): RowProblem {
  const field = String(issue.path?.[0].key)
  if (issue.input === undefined) {
    const message = `"${field}" is missing — instance_id, repo, base_commit, patch and test_patch are required`
    return { severity: 'error', code: 'E_TASK_FIELD', message }
  }
  const isWrongType = issue.kind === 'schema'
  const shown = isWrongType ? typeName(issue.input) : JSON.stringify(issue.input).slice(0, 80).toWellFormed()
  const code = isWrongType ? 'E_TASK_FIELD' : (valueCodes[field] ?? 'E_TASK_FIELD')
  return { severity: 'error', code, message: `"${field}" is ${shown} — ${issue.message}` }
}

const statementLimitBytes = 200_000

/** Cuts an overlong problem statement between characters, and says so in it. */
function shortened(statement: string): { text: string; warnings: readonly RowProblem[] } {
  if (statement.length * 3 <= statementLimitBytes) return { text: statement, warnings: [] }
  const bytes = new TextEncoder().encode(statement)
  if (bytes.byteLength <= statementLimitBytes) return { text: statement, warnings: [] }
  let end = statementLimitBytes
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  const message = `"problem_statement" has ${bytes.byteLength} bytes, limit ${statementLimitBytes} — the rest is left out`
  return {
    text: `${new TextDecoder().decode(bytes.subarray(0, end))}\n[... ${bytes.byteLength - end} bytes left out ...]\n`,
    warnings: [{ severity: 'warning', code: 'E_STATEMENT_LONG', message }],
  }
}

function instanceOf(row: Row, patch: string, test_patch: string, problem_statement: string): Instance {
  const { instance_id, repo, base_commit } = row
  const published = publishedOf(row)
  const optional = given({
    version: row.version,
    language: row.language,
    end_commit: row.end_commit,
    created_at: row.created_at,
    hints_text: row.hints_text,
    pull_number: row.pull_number,
    license_name: row.license_name,
    FAIL_TO_PASS: row.FAIL_TO_PASS?.length ? row.FAIL_TO_PASS : undefined,
    PASS_TO_PASS: row.PASS_TO_PASS?.length ? row.PASS_TO_PASS : undefined,
    published,
  })
  return { instance_id, repo, base_commit, patch, test_patch, problem_statement, ...optional }
}

function publishedOf(row: Row): PublishedEnvironment | undefined {
  const Dockerfile = row.Dockerfile ?? row.dockerfile
  if (Dockerfile === undefined || row.eval_script === undefined) return undefined
  return { Dockerfile, eval_script: row.eval_script }
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** The fields that have a value. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>
}
