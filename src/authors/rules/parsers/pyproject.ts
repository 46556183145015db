import { isRecord } from '../../../util/is-record.ts'
import { at, entriesOf, parseToml, textOf, textsIn } from './toml-value.ts'

/** What a pyproject.toml says, whichever tool it is written for. */
export interface Pyproject {
  readonly name: string | null
  /** As written: PEP 440 for most, carets and tildes for poetry. */
  readonly pythonRequires: string
  readonly classifiers: readonly string[]
  readonly dependencies: readonly string[]
  readonly extras: ReadonlyMap<string, readonly string[]>
  /** PEP 735 groups, poetry groups, pdm dev-dependencies and hatch environments, by name. */
  readonly groups: ReadonlyMap<string, readonly string[]>
  readonly buildBackend: string | null
  readonly buildRequires: readonly string[]
  readonly isProject: boolean
  readonly usesScmVersion: boolean
  readonly pytestOptions: string
}

/** Reads pyproject.toml, or null where it is not TOML. */
export function parsePyproject(text: string): Pyproject | null {
  const file = parseToml(text)
  if (!isRecord(file)) return null
  const project = at(file, 'project')
  const poetry = at(file, 'tool', 'poetry')
  const flit = at(file, 'tool', 'flit', 'metadata')
  const name = [at(project, 'name'), at(poetry, 'name'), at(flit, 'dist-name'), at(flit, 'module')].map(textOf)
  return {
    name: name.find((text) => text !== '') ?? null,
    pythonRequires:
      textOf(at(project, 'requires-python')) ||
      textOf(at(poetry, 'dependencies', 'python')) ||
      textOf(at(flit, 'requires-python')),
    classifiers: [project, poetry, flit].flatMap((table) => textsIn(at(table, 'classifiers'))),
    dependencies: [
      ...textsIn(at(project, 'dependencies')),
      ...poetryRequirements(at(poetry, 'dependencies')),
      ...textsIn(at(flit, 'requires')),
    ],
    extras: extrasOf(project, poetry, flit),
    groups: groupsOf(file),
    buildBackend: textOf(at(file, 'build-system', 'build-backend')) || null,
    buildRequires: textsIn(at(file, 'build-system', 'requires')),
    isProject: isRecord(project) || isRecord(poetry) || isRecord(flit),
    usesScmVersion: usesScmVersion(file),
    pytestOptions: optionsText(at(file, 'tool', 'pytest', 'ini_options', 'addopts')),
  }
}

function extrasOf(project: unknown, poetry: unknown, flit: unknown): Map<string, string[]> {
  return new Map(
    [
      ...entriesOf(at(project, 'optional-dependencies')),
      ...entriesOf(at(poetry, 'extras')),
      ...entriesOf(at(flit, 'requires-extra')),
    ].map(([extra, list]) => [extra, textsIn(list)]),
  )
}

function groupsOf(file: unknown): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  const put = (name: string, requirements: readonly string[]) => {
    if (requirements.length > 0) groups.set(name, [...(groups.get(name) ?? []), ...requirements])
  }
  for (const [name, list] of entriesOf(at(file, 'dependency-groups'))) put(name, groupRequirements(file, list, [name]))
  put('dev', poetryRequirements(at(file, 'tool', 'poetry', 'dev-dependencies')))
  for (const [name, group] of entriesOf(at(file, 'tool', 'poetry', 'group'))) {
    put(name, poetryRequirements(at(group, 'dependencies')))
  }
  for (const [name, list] of entriesOf(at(file, 'tool', 'pdm', 'dev-dependencies'))) put(name, textsIn(list))
  for (const [name, environment] of entriesOf(at(file, 'tool', 'hatch', 'envs'))) {
    put(name, textsIn(at(environment, 'dependencies')))
    put(name, textsIn(at(environment, 'extra-dependencies')))
  }
  put('dev', textsIn(at(file, 'tool', 'uv', 'dev-dependencies')))
  return groups
}

/** A PEP 735 group with its includes; a group that includes itself ends there. */
function groupRequirements(file: unknown, list: unknown, above: readonly string[]): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((item: unknown) => {
    if (typeof item === 'string') return [item]
    const included = textOf(at(item, 'include-group'))
    if (included === '' || above.includes(included)) return []
    return groupRequirements(file, at(file, 'dependency-groups', included), [...above, included])
  })
}

function poetryRequirements(table: unknown): string[] {
  return entriesOf(table).flatMap(([name, value]) => {
    if (name.toLowerCase() === 'python' || at(value, 'git') !== undefined || at(value, 'path') !== undefined) return []
    if (at(value, 'optional') === true) return []
    const version = typeof value === 'string' ? value : textOf(at(value, 'version'))
    const extras = textsIn(at(value, 'extras'))
    const markers = textOf(at(value, 'markers'))
    return [
      `${name}${extras.length > 0 ? `[${extras.join(',')}]` : ''}${poetrySpecifier(version)}${markers && ` ; ${markers}`}`,
    ]
  })
}

/** Poetry's carets and tildes in PEP 440 words; alternatives (`||`) are left open. */
export function poetrySpecifier(version: string): string {
  if (version.includes('||') || version === '*' || version === '') return ''
  return version
    .split(',')
    .map((part) => onePoetrySpecifier(part.trim()))
    .join(',')
}

function onePoetrySpecifier(part: string): string {
  const match = /^([\^~])\s*(\d+(?:\.\d+)*)(.*)$/.exec(part)
  if (match?.[2] === undefined) return /^\d/.test(part) ? `==${part}` : part
  const numbers = match[2].split('.').map(Number)
  const firstFilled = numbers.findIndex((number) => number > 0)
  const kept = match[1] === '~' ? Math.min(2, numbers.length) : firstFilled === -1 ? numbers.length : firstFilled + 1
  const upper = numbers.slice(0, kept)
  upper[kept - 1] = (upper[kept - 1] ?? 0) + 1
  return `>=${match[2]}${match[3] ?? ''},<${upper.join('.')}`
}

function usesScmVersion(file: unknown): boolean {
  const tool = at(file, 'tool')
  const hatchSource = textOf(at(tool, 'hatch', 'version', 'source'))
  const pdmSource = textOf(at(tool, 'pdm', 'version', 'source'))
  return (
    ['setuptools_scm', 'setuptools-scm', 'versioningit', 'poetry-dynamic-versioning'].some(
      (key) => at(tool, key) !== undefined,
    ) || ['vcs', 'scm'].some((source) => source === hatchSource || source === pdmSource)
  )
}

function optionsText(value: unknown): string {
  return typeof value === 'string' ? value : textsIn(value).join(' ')
}
