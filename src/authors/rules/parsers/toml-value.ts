import { isRecord } from '../../../util/is-record.ts'

/** Reads TOML, or null where it is not TOML. */
export function parseToml(text: string): unknown {
  try {
    return Bun.TOML.parse(text)
  } catch {
    return null
  }
}

/** What stands at a path of keys, or undefined. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value)
}

/** Entries of a table, none where it is not one. */
export function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : []
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The strings of an array, none where it is not one. */
export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
