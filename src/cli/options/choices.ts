import * as v from 'valibot'

/** The words that an option takes. */
export interface Choices {
  readonly words: readonly string[]
  /** Several of them may be typed, between commas. */
  readonly isList: boolean
}

/** Of an option's schema: null where more than the words of a picklist are taken. */
export function choicesOf(schema: unknown): Choices | null {
  if (!isSchema(schema)) return null
  switch (schema.type) {
    case 'optional':
      return choicesOf(schema.wrapped)
    case 'picklist':
      return { words: (schema.options ?? []).map(String), isList: false }
    case 'array':
      return inList(choicesOf(schema.item))
    case 'union':
      return together((schema.options ?? []).map(choicesOf))
    default:
      return together((schema.pipe ?? []).slice(1).map(choicesOf))
  }
}

interface Schema {
  readonly type: string
  readonly wrapped?: unknown
  readonly item?: unknown
  readonly options?: readonly unknown[]
  readonly pipe?: readonly unknown[]
}

function isSchema(value: unknown): value is Schema {
  return v.is(v.looseObject({ kind: v.literal('schema'), type: v.string() }), value)
}

function inList(choices: Choices | null): Choices | null {
  return choices && { ...choices, isList: true }
}

function together(all: readonly (Choices | null)[]): Choices | null {
  const known = all.filter((choices) => choices !== null)
  if (known.length === 0) return null
  return { words: known.flatMap(({ words }) => words), isList: known.some(({ isList }) => isList) }
}
