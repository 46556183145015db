import { normaliseName } from '../../domain/distribution-name.ts'
import type { RepositoryFacts } from './facts.ts'
import { parseRequirement } from './parsers/requirement.ts'
import { usesPytest } from './runner.ts'
import {
  buildToolFloorByPython,
  buildToolFloors,
  compiledPackages,
  interpreterBound,
  pytestAndItsParts,
  pytestFloors,
  reuploadedPackages,
  versionVariables,
  wheelsFollowDays,
} from './tables/build-tools.ts'
import { pythonReleases } from './tables/python-releases.ts'

/** Always there when something is built from source. */
const commonTools = ['setuptools', 'wheel']

/** Whether a requirement names a tool that shapes how the project is built, and not what it is built from. */
export function isBuildTool(requirement: string): boolean {
  return nameOf(requirement) in buildToolFloors
}

/** The date as of which build tools are taken: that of the commit, or later where the Python at hand needs it. */
export function buildToolDate(date: string, pythonVersion: string): string {
  const floors = [buildToolFloors.setuptools ?? '', buildToolFloorByPython[pythonVersion] ?? '', date]
  return floors.sort().at(-1) ?? date
}

/** Dates of the packages that must be younger than the commit to work at all on the chosen Python. */
export function packageDates(facts: RepositoryFacts): Readonly<Record<string, string>> {
  const dates: Record<string, string> = {}
  for (const name of [...commonTools, ...facts.buildRequires.map(nameOf)]) {
    const floor = buildToolFloors[name]
    if (floor !== undefined) dates[name] = buildToolDate(floor, facts.python.version)
  }
  const pytestFloor = usesPytest(facts.runner) ? pytestFloors[facts.python.version] : undefined
  if (pytestFloor !== undefined) for (const name of pytestAndItsParts) dates[name] = pytestFloor.date
  if (facts.projectName !== null) delete dates[facts.projectName]
  const released = pythonReleases[facts.python.version]
  if (released !== undefined) {
    for (const name of interpreterBound) dates[name] = released
    for (const name of compiledAmong(facts)) dates[name] = daysAfter(released, wheelsFollowDays)
  }
  const younger = Object.entries(dates).filter(([, floor]) => floor > facts.date)
  const reuploaded = Object.entries(reuploadedPackages).filter(([, day]) => day > facts.date)
  return Object.fromEntries([...younger, ...reuploaded.map(([name]) => [name, 'false'] as const)])
}

/** The compiled packages that are asked for, and numpy, which most of the others ask for. */
function compiledAmong({ requirements, runtimeRequirements, buildRequires }: RepositoryFacts): string[] {
  const named = [...requirements, ...runtimeRequirements, ...buildRequires]
    .map(nameOf)
    .filter((name) => compiledPackages.includes(name))
  return named.length === 0 ? [] : [...new Set([...named, 'numpy'])]
}

/** The day that lies a number of days after another, both as `YYYY-MM-DD`. */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
}

function nameOf(requirement: string): string {
  return parseRequirement(requirement)?.name ?? ''
}

/** Variables that tell the project's build its version, which it would derive from tags that an image must not hold. */
export function buildVersionVariables(facts: RepositoryFacts): Readonly<Record<string, string>> {
  const { pretendVersion, projectName } = facts
  if (pretendVersion === null) return {}
  const names = facts.buildRequires.flatMap((tool) => versionVariables[nameOf(tool)] ?? [])
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
