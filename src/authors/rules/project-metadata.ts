import { normaliseName } from '../../domain/distribution-name.ts'
import type { SourceTree } from '../../domain/source-tree.ts'
import { type Pyproject, parsePyproject } from './parsers/pyproject.ts'
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
  /** `addopts` of pyproject.toml or setup.cfg. */
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
  const files = [pyproject, cfg, setup].filter((file) => file !== null)
  const setuptools = [cfg, setup].filter((file) => file !== null)
  const name = files.find((file) => file.name !== null)?.name ?? null
  const buildRequires = [...(pyproject?.buildRequires ?? []), ...setuptools.flatMap((file) => file.setupRequires)]
  return {
    name: name === null ? null : normaliseName(name),
    pythonRequires: files.find((file) => file.pythonRequires !== '')?.pythonRequires ?? '',
    classifiers: files.flatMap((file) => file.classifiers),
    dependencies: [...(pyproject?.dependencies ?? []), ...setuptools.flatMap((file) => file.installRequires)],
    extras: new Map(files.toReversed().flatMap((file) => [...file.extras])),
    groups: pyproject?.groups ?? new Map(),
    testsRequire: setuptools.flatMap((file) => file.testsRequire),
    requirementsFiles: setup?.requirementsFiles ?? [],
    buildBackend: pyproject?.buildBackend ?? null,
    buildRequires,
    usesScmVersion: usesScmVersion(pyproject, setup, buildRequires),
    isInstallable: setup !== null || pyproject?.isProject === true || (cfg?.name ?? null) !== null,
    pytestOptions: pyproject?.pytestOptions || cfg?.pytestOptions || '',
  }
}

function usesScmVersion(pyproject: Pyproject | null, setup: SetupPy | null, buildRequires: readonly string[]): boolean {
  const tools = /^(?:setuptools[-_]scm|hatch[-_]vcs|pbr)\b/i
  const isSaid = pyproject?.usesScmVersion === true || setup?.usesScmVersion === true
  return isSaid || buildRequires.some((requirement) => tools.test(requirement))
}
