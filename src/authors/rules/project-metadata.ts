import type { SourceTree } from '../../domain/source-tree.ts'
import { type Pyproject, parsePyproject } from './parsers/pyproject.ts'
import { normaliseName } from './parsers/requirement.ts'
import { parseSetupCfg, type SetupCfg } from './parsers/setup-cfg.ts'
import { parseSetupPy, type SetupPy } from './parsers/setup-py.ts'

/** What the project says about itself in pyproject.toml, setup.cfg and setup.py together. */
export interface ProjectMetadata {
  /** Normalised, or null where no file names it. */
  readonly name: string | null
  readonly pythonRequires: string
  readonly classifiers: readonly string[]
  /** What the project needs to run, as written. */
  readonly dependencies: readonly string[]
  readonly extras: ReadonlyMap<string, readonly string[]>
  readonly groups: ReadonlyMap<string, readonly string[]>
  readonly testsRequire: readonly string[]
  readonly requirementsFiles: readonly string[]
  readonly buildBackend: string | null
  readonly buildRequires: readonly string[]
  readonly usesScmVersion: boolean
  readonly isInstallable: boolean
  readonly pytestOptions: string
}

/** Reads the three files at the root of a tree. */
export async function readProjectMetadata(tree: SourceTree): Promise<ProjectMetadata> {
  const [pyprojectText, cfgText, setupText] = await Promise.all([
    tree.read('pyproject.toml'),
    tree.read('setup.cfg'),
    tree.read('setup.py'),
  ])
  const pyproject = pyprojectText === null ? null : parsePyproject(pyprojectText)
  const cfg = cfgText === null ? null : parseSetupCfg(cfgText)
  const setup = setupText === null ? null : parseSetupPy(setupText)
  return merge(pyproject, cfg, setup)
}

function merge(pyproject: Pyproject | null, cfg: SetupCfg | null, setup: SetupPy | null): ProjectMetadata {
  const name = pyproject?.name ?? cfg?.name ?? setup?.name ?? null
  const dependencies = [pyproject?.dependencies, cfg?.installRequires, setup?.installRequires].flatMap(
    (list) => list ?? [],
  )
  const buildRequires = [
    ...(pyproject?.buildRequires ?? []),
    ...(cfg?.setupRequires ?? []),
    ...(setup?.setupRequires ?? []),
  ]
  return {
    name: name === null ? null : normaliseName(name),
    pythonRequires: pyproject?.pythonRequires || cfg?.pythonRequires || setup?.pythonRequires || '',
    classifiers: [pyproject, cfg, setup].flatMap((file) => file?.classifiers ?? []),
    dependencies,
    extras: new Map([...(setup?.extras ?? []), ...(cfg?.extras ?? []), ...(pyproject?.extras ?? [])]),
    groups: pyproject?.groups ?? new Map(),
    testsRequire: [...(cfg?.testsRequire ?? []), ...(setup?.testsRequire ?? [])],
    requirementsFiles: setup?.requirementsFiles ?? [],
    buildBackend: pyproject?.buildBackend ?? null,
    buildRequires,
    usesScmVersion:
      pyproject?.usesScmVersion === true ||
      setup?.usesScmVersion === true ||
      buildRequires.some((requirement) => /^(?:setuptools[-_]scm|hatch[-_]vcs|pbr)\b/i.test(requirement)),
    isInstallable: setup !== null || pyproject?.isProject === true || (cfg?.name ?? null) !== null,
    pytestOptions: pyproject?.pytestOptions || cfg?.pytestOptions || '',
  }
}
