import { readAssignments } from './python-assignments.ts'
import { LiteralReader } from './python-literals.ts'
import type { PythonToken } from './python-tokens.ts'
import { type PythonValue, textsOf } from './python-values.ts'

/** What a setup.py says literally. Nothing of it is run, so what it computes is missing here. */
export interface SetupPy {
  readonly name: string | null
  readonly pythonRequires: string
  readonly classifiers: readonly string[]
  readonly installRequires: readonly string[]
  readonly testsRequire: readonly string[]
  readonly setupRequires: readonly string[]
  readonly extras: ReadonlyMap<string, readonly string[]>
  /** Requirements files that the script reads, by the names written in it. */
  readonly requirementsFiles: readonly string[]
  /** True where the version comes from git tags (`use_scm_version`, `pbr`, `versioningit`). */
  readonly usesScmVersion: boolean
}

/** Reads the `setup(…)` call and the module-level names it refers to. */
export function parseSetupPy(source: string): SetupPy {
  const { names, tokens } = readAssignments(source)
  const call = setupArguments(tokens, names)
  const extras = call.get('extras_require')
  return {
    name: textsOf(call.get('name'))[0] ?? null,
    pythonRequires: textsOf(call.get('python_requires'))[0] ?? '',
    classifiers: textsOf(call.get('classifiers')).map((line) => line.trim()),
    installRequires: textsOf(call.get('install_requires')),
    testsRequire: textsOf(call.get('tests_require')),
    setupRequires: textsOf(call.get('setup_requires')),
    extras: extras?.kind === 'dict' ? extrasOf(extras.entries) : new Map(),
    requirementsFiles: [
      ...new Set([...source.matchAll(/['"]([\w./-]*requirements?[\w./-]*\.txt)['"]/g)].flatMap((m) => m[1] ?? [])),
    ],
    usesScmVersion: call.has('use_scm_version') || call.has('pbr') || call.has('versioningit'),
  }
}

/** Arguments of the last `setup(…)` call; an earlier one is usually in a fallback branch. */
function setupArguments(
  tokens: readonly PythonToken[],
  names: ReadonlyMap<string, PythonValue>,
): ReadonlyMap<string, PythonValue> {
  let found: ReadonlyMap<string, PythonValue> = new Map()
  tokens.forEach((token, index) => {
    const isCall = token.text === 'setup' && token.kind === 'name' && tokens[index + 1]?.text === '('
    if (!isCall || tokens[index - 1]?.text === 'def') return
    const read = new LiteralReader(tokens, index + 2, names).keywordArguments()
    if (read.size >= found.size) found = read
  })
  return found
}

function extrasOf(entries: ReadonlyMap<string, PythonValue>): Map<string, string[]> {
  return new Map([...entries].map(([extra, value]) => [extra, textsOf(value)]))
}
