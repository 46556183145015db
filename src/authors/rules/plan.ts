import type { Runner } from '../../domain/environment.ts'
import { buildVersionVariables, packageDates } from './build-backend.ts'
import type { RepositoryFacts } from './facts.ts'
import { parseRequirement } from './parsers/requirement.ts'
import { pluginOf } from './plugin-of-option.ts'
import { usesPytest } from './runner.ts'
import { pytestFloors } from './tables/build-tools.ts'

/**
 * How the project itself gets into the environment: `editable-isolated` by the tools its build-system names,
 * `editable` by the setuptools that is in the environment, `editable-in-place` with nothing isolated at all,
 * `setup-develop` by `setup.py develop`, `path-only` by PYTHONPATH without building anything, `requirements-only`
 * where there is nothing to install.
 */
export type InstallMode =
  | 'editable-isolated'
  | 'editable'
  | 'editable-in-place'
  | 'setup-develop'
  | 'path-only'
  | 'requirements-only'

/** Everything that shapes the Dockerfile and the test command: facts make the first plan, repairs change it. */
export interface Plan {
  readonly pythonVersion: string
  /** ISO date as of which the index is read, or null for its present state. */
  readonly date: string | null
  /** Packages with another date than `date`; `false` lifts the limit. */
  readonly packageDates: Readonly<Record<string, string>>
  readonly systemPackages: readonly string[]
  readonly projectName: string | null
  readonly installMode: InstallMode
  readonly isBuiltBySetuptools: boolean
  /** Installed before the project, where it is not built in isolation. */
  readonly buildRequires: readonly string[]
  readonly extras: readonly string[]
  readonly requirements: readonly string[]
  /** What the project needs to run, for the modes that do not ask the project itself. */
  readonly runtimeRequirements: readonly string[]
  /** Bounds on what is used to build packages from source. */
  readonly buildConstraints: readonly string[]
  /** Requirements that replace those of any package, whatever it asks for. */
  readonly overrides: readonly string[]
  /** Packages that are left out, whoever asks for them. */
  readonly excludes: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly buildVariables: Readonly<Record<string, string>>
  readonly runner: Runner
  readonly testFiles: readonly string[]
  /** Words between the runner and the test files. */
  readonly testOptions: readonly string[]
}

/** The plan before any repair. */
export function firstPlan(facts: RepositoryFacts): Plan {
  return {
    pythonVersion: facts.python.version,
    date: facts.date,
    packageDates: packageDates(facts),
    systemPackages: [],
    projectName: facts.projectName,
    installMode: firstMode(facts),
    isBuiltBySetuptools: isBuiltBySetuptools(facts),
    buildRequires: facts.buildRequires,
    extras: facts.extras,
    requirements: withRunner(facts),
    runtimeRequirements: facts.runtimeRequirements,
    buildConstraints: [],
    overrides: [],
    excludes: [],
    variables: {},
    buildVariables: buildVersionVariables(facts),
    runner: facts.runner,
    testFiles: facts.testFiles,
    testOptions: [],
  }
}

function firstMode(facts: RepositoryFacts): InstallMode {
  if (!facts.isInstallable) return 'requirements-only'
  return isBuiltBySetuptools(facts) ? 'editable' : 'editable-isolated'
}

function isBuiltBySetuptools({ buildBackend }: RepositoryFacts): boolean {
  return buildBackend === null || buildBackend.startsWith('setuptools')
}

/**
 * pytest where nobody asks for a certain one, bounded below so that no resolver goes back to one that cannot run, and
 * the plugins whose options its configuration passes. pytest itself is tested by its own checkout: another one is
 * never installed beside it.
 */
function withRunner(facts: RepositoryFacts): readonly string[] {
  const { runner, requirements, projectName, python, pytestOptions } = facts
  if (!usesPytest(runner) || projectName === 'pytest') return requirements
  const isBounded = requirements.some((requirement) => /^pytest(?:\[.*?\])?[=<>~!]/.test(requirement))
  const floor = pytestFloors[python.version]
  const pytest = floor === undefined ? 'pytest' : `pytest>=${floor.version}`
  const plugins = pytestOptions.flatMap((option) => pluginOf(option) ?? []).filter((name) => name !== projectName)
  const names = requirements.map((requirement) => parseRequirement(requirement)?.name)
  const missing = [...new Set(plugins)].filter((plugin) => !names.includes(plugin))
  const others = requirements.filter((requirement) => isBounded || requirement !== 'pytest')
  return isBounded ? [...others, ...missing] : [...others, pytest, ...missing]
}
