/** A value that could be read without running anything; `unknown` stands for what only a run would tell. */
export type PythonValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly PythonValue[] }
  | { readonly kind: 'dict'; readonly entries: ReadonlyMap<string, PythonValue> }
  | { readonly kind: 'unknown' }

export type PythonNames = ReadonlyMap<string, PythonValue>

export const unknown: PythonValue = { kind: 'unknown' }

/** The texts in a value: of a list its text items, of a text its lines. */
export function textsOf(value: PythonValue | undefined): string[] {
  if (value?.kind === 'text') return value.text.split('\n')
  if (value?.kind === 'list') return value.items.flatMap((item) => (item.kind === 'text' ? [item.text] : []))
  return []
}

export function itemsOf(value: PythonValue): readonly PythonValue[] {
  return value.kind === 'list' ? value.items : [value]
}

/** `+`: what is known of both sides is kept. */
export function add(left: PythonValue, right: PythonValue): PythonValue {
  if (left.kind === 'text' && right.kind === 'text') return { kind: 'text', text: left.text + right.text }
  if (left.kind === 'list' || right.kind === 'list') {
    return { kind: 'list', items: [...itemsOf(left), ...itemsOf(right)] }
  }
  return left.kind === 'unknown' ? left : right
}

/** `%` with the values in order. */
export function fillPercent(template: PythonValue, value: PythonValue): PythonValue {
  return itemsOf(value).reduce((filled, item) => fillFirst(filled, /%[srd]/, item), template)
}

/** `.format(…)` with the values in order. */
export function fillBraces(template: PythonValue, values: readonly PythonValue[]): PythonValue {
  return values.reduce((filled, item) => fillFirst(filled, /\{\w*\}/, item), template)
}

/** An f-string's names, as far as they are known. */
export function fillNames(template: string, names: PythonNames): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = names.get(name)
    return value?.kind === 'text' ? value.text : whole
  })
}

function fillFirst(template: PythonValue, pattern: RegExp, value: PythonValue): PythonValue {
  if (template.kind !== 'text' || value.kind !== 'text') return unknown
  return { kind: 'text', text: template.text.replace(pattern, () => value.text) }
}
