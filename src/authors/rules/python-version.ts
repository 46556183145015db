import { adoptionDays, pythonReleases } from './tables/python-releases.ts'

/** Everything in a repository that speaks about Python versions. */
export interface PythonEvidence {
  /** `requires-python` and its kin, PEP 440 or poetry's form; empty where nothing is said. */
  readonly requires: string
  /** Versions named by classifiers, tox, nox and CI, such as `3.9`. */
  readonly declared: readonly string[]
  /** Content of `.python-version`, or null. */
  readonly pinned: string | null
  /** ISO date as of which the environment is made. */
  readonly date: string
}

export interface PythonChoice {
  readonly version: string
  readonly why: string
}

/**
 * The newest version at hand that was released and declared at the date. Where all are too new, the oldest at hand
 * that satisfies what is required; where none satisfies it, the oldest of all. Null where none is at hand.
 */
export function choosePython(evidence: PythonEvidence, atHand: readonly string[]): PythonChoice | null {
  const sorted = [...atHand].sort(comparePython)
  const oldest = sorted[0]
  if (oldest === undefined) return null
  const allowed = sorted.filter((version) => satisfiesPython(version, evidence.requires))
  const pinned = allowed.find((version) => evidence.pinned?.trim().startsWith(version) === true)
  if (pinned !== undefined) return { version: pinned, why: '.python-version names it' }
  const ceiling = evidence.declared
    .filter((version) => /^3\./.test(version))
    .sort(comparePython)
    .at(-1)
  const fitting = allowed.filter((version) => {
    if (ceiling !== undefined) return comparePython(version, ceiling) <= 0 && isReleased(version, evidence.date, 0)
    return isReleased(version, evidence.date, adoptionDays)
  })
  const newest = fitting.at(-1)
  if (newest !== undefined) {
    const declared = ceiling === undefined ? '' : `, declared up to ${ceiling}`
    return { version: newest, why: `newest at hand as of ${evidence.date.slice(0, 10)}${declared}` }
  }
  const first = allowed[0]
  if (first !== undefined) return { version: first, why: 'oldest at hand; the ones of that time are not' }
  return { version: oldest, why: `none at hand satisfies ${evidence.requires}; this is the oldest` }
}

/** Orders `3.9` before `3.11`. */
export function comparePython(a: string, b: string): number {
  return compareNumbers(numbersOf(a), numbersOf(b))
}

/** Whether some patch release of a minor version satisfies a specifier; what cannot be read counts as satisfied. */
export function satisfiesPython(version: string, specifier: string): boolean {
  return specifier.split('||').some((alternative) =>
    alternative
      .split(',')
      .map((clause) => clause.trim())
      .every((clause) => satisfiesClause(numbersOf(version), clause)),
  )
}

function satisfiesClause(version: readonly number[], clause: string): boolean {
  const match = /^(===?|~=|!=|<=|>=|<|>|\^|~)?\s*(\d+(?:\.\d+)*)(\.\*)?/.exec(clause)
  if (match?.[2] === undefined) return true
  const bound = numbersOf(match[2])
  const minor = compareNumbers(version, bound.slice(0, 2))
  const hasPatch = bound.slice(2).some((number) => number > 0)
  const isSameMajor = version[0] === bound[0]
  switch (match[1] ?? '==') {
    case '>=':
      return minor >= 0
    case '>':
      return hasPatch ? minor >= 0 : minor > 0
    case '<':
      return hasPatch ? minor <= 0 : minor < 0
    case '<=':
      return minor <= 0
    case '!=':
      return match[3] === undefined && bound.length !== 2 ? true : !isPrefix(bound, version)
    case '^':
      return isSameMajor && minor >= 0
    case '~':
      return isPrefix(bound.slice(0, 2), version)
    case '~=':
      return bound.length > 2 ? minor === 0 : isSameMajor && minor >= 0
    default:
      return isPrefix(bound.slice(0, 2), version)
  }
}

function isReleased(version: string, date: string, lagDays: number): boolean {
  const released = pythonReleases[version]
  if (released === undefined) return false
  return Date.parse(released) + lagDays * 86_400_000 <= Date.parse(date)
}

function isPrefix(prefix: readonly number[], version: readonly number[]): boolean {
  return prefix.every((number, index) => version[index] === number)
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number)
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
