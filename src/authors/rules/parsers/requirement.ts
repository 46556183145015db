import { normaliseName } from '../../../domain/distribution-name.ts'
/** One PEP 508 requirement that an index can serve. `name` is normalised; the other parts are as written. */
export interface Requirement {
  readonly name: string
  readonly extras: readonly string[]
  /** Such as `>=1.0,<2`, or empty. */
  readonly specifier: string
  /** Environment marker without the `;`, or empty. */
  readonly marker: string
}

/** Reads one requirement line. Null for what an index does not serve: URLs, paths, options, unfilled placeholders. */
export function parseRequirement(text: string): Requirement | null {
  const [body = '', ...markerParts] = withoutComment(text).split(';')
  const match = /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(.*)$/s.exec(body)
  if (match?.[1] === undefined) return null
  const specifier = (match[3] ?? '').replace(/^\(|\)$/g, '').replace(/\s+/g, '')
  if (!/^(?:(?:===?|~=|!=|<=?|>=?)[A-Za-z0-9.*+!_-]+,?)*$/.test(specifier)) return null
  return {
    name: normaliseName(match[1]),
    extras: (match[2] ?? '').split(',').map(trim).filter(isFilled),
    specifier: specifier.replace(/,$/, ''),
    marker: markerParts.join(';').trim(),
  }
}

/** The requirement as one word for a command line. */
export function requirementText({ name, extras, specifier, marker }: Requirement): string {
  const selected = extras.length > 0 ? `[${extras.join(',')}]` : ''
  return `${name}${selected}${specifier}${marker === '' ? '' : ` ; ${marker}`}`
}

/** Every requirement that can be read among the lines, in order. */
export function parseRequirements(lines: readonly string[]): Requirement[] {
  return lines.map(parseRequirement).filter((requirement) => requirement !== null)
}

function withoutComment(text: string): string {
  return text.replace(/(^|\s)#.*$/, '').replace(/\s--hash=\S+|\s\\$/g, '')
}

function trim(text: string): string {
  return text.trim()
}

function isFilled(text: string): boolean {
  return text !== ''
}
