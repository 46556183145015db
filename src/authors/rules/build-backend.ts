import type { RepositoryFacts } from './facts.ts'
import { normaliseName, parseRequirement } from './parsers/requirement.ts'
import {
  buildToolFloorByPython,
  buildToolFloors,
  pytestFloors,
  reuploadedPackages,
  versionVariables,
} from './tables/build-tools.ts'

/** Always there when something is built from source. */
const commonTools = ['setuptools', 'wheel']

/** Dates of the build and test tools that must be younger than the commit to work on the chosen Python. */
export function packageDates(facts: RepositoryFacts): Readonly<Record<string, string>> {
  const version = facts.python.version
  const named = facts.buildRequires.flatMap((requirement) => parseRequirement(requirement)?.name ?? [])
  const dates: Record<string, string> = {}
  for (const name of [...commonTools, ...named]) {
    const floor = buildToolFloors[name]
    const floorOfPython = buildToolFloorByPython[version] ?? ''
    if (floor !== undefined) dates[name] = floor > floorOfPython ? floor : floorOfPython
  }
  const pytestFloor = pytestFloors[version]
  if (facts.runner === 'pytest' && pytestFloor !== undefined) {
    dates.pytest = pytestFloor.date
    dates.pluggy = pytestFloor.date
  }
  const younger = Object.entries(dates).filter(([, floor]) => floor > facts.date)
  const reuploaded = Object.entries(reuploadedPackages).filter(
    ([, day]) => facts.runner === 'pytest' && day > facts.date,
  )
  return Object.fromEntries([...younger, ...reuploaded.map(([name]) => [name, 'false'] as const)])
}

/** Variables that tell the project's build its version, which it would derive from tags that an image must not hold. */
export function buildVersionVariables(facts: RepositoryFacts): Readonly<Record<string, string>> {
  const { pretendVersion, projectName } = facts
  if (pretendVersion === null) return {}
  const tools = facts.buildRequires.flatMap((requirement) => parseRequirement(requirement)?.name ?? [])
  const names = tools.flatMap((tool) => versionVariables[tool] ?? [])
  return Object.fromEntries(
    (names.length > 0 ? names : defaultVariables).map((name) => [forProject(name, projectName), pretendVersion]),
  )
}

const defaultVariables = ['SETUPTOOLS_SCM_PRETEND_VERSION']

/** setuptools_scm takes a version for one project only, so that no dependency is built with it. */
function forProject(variable: string, projectName: string | null): string {
  if (variable !== 'SETUPTOOLS_SCM_PRETEND_VERSION' || projectName === null) return variable
  return `${variable}_FOR_${normaliseName(projectName).replaceAll('-', '_').toUpperCase()}`
}
