import { iniLines, parseIni } from './ini.ts'

/** What a setup.cfg says in setuptools' declarative form. */
export interface SetupCfg {
  readonly name: string | null
  readonly pythonRequires: string
  readonly classifiers: readonly string[]
  readonly installRequires: readonly string[]
  readonly testsRequire: readonly string[]
  readonly setupRequires: readonly string[]
  readonly extras: ReadonlyMap<string, readonly string[]>
  readonly pytestOptions: string
}

export function parseSetupCfg(text: string): SetupCfg {
  const file = parseIni(text)
  const options = file.get('options')
  return {
    name: file.get('metadata')?.get('name') ?? null,
    pythonRequires: options?.get('python_requires') ?? '',
    classifiers: iniLines(file.get('metadata')?.get('classifiers')),
    installRequires: requirementLines(options?.get('install_requires')),
    testsRequire: requirementLines(options?.get('tests_require')),
    setupRequires: requirementLines(options?.get('setup_requires')),
    extras: new Map(
      [...(file.get('options.extras_require') ?? [])].map(([extra, value]) => [extra, requirementLines(value)]),
    ),
    pytestOptions: file.get('tool:pytest')?.get('addopts') ?? '',
  }
}

/** Requirement lines; a `file:` reference is left to the search for requirements files. */
function requirementLines(value: string | undefined): string[] {
  return iniLines(value).filter((line) => !line.startsWith('file:'))
}
