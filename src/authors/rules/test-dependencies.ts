import type { SourceTree } from '../../domain/source-tree.ts'
import { parseCondaEnvironment } from './parsers/conda-environment.ts'
import { parseNoxfile } from './parsers/noxfile.ts'
import { type PipInstall, pipInstallsIn } from './parsers/pip-install.ts'
import { parseRequirements, type Requirement } from './parsers/requirement.ts'
import { readRequirementLines, readRequirementsFile } from './parsers/requirements-file.ts'
import type { ToxIni } from './parsers/tox-ini.ts'
import type { ProjectMetadata } from './project-metadata.ts'
import { testGroupNames, testRequirementsFiles, toolsTestsDoNotNeed } from './tables/test-dependency-names.ts'

/** What the tests need besides the project, and where that is said. */
export interface TestDependencies {
  readonly requirements: readonly Requirement[]
  readonly extras: readonly string[]
  readonly sources: readonly string[]
}

interface Inputs {
  readonly tree: SourceTree
  readonly metadata: ProjectMetadata
  readonly tox: ToxIni | null
  readonly ciFiles: readonly string[]
}

type Found = TestDependencies | null
const nothing: TestDependencies = { requirements: [], extras: [], sources: [] }

/**
 * Every declared place is asked, requirements files by their name only where tox names none; CI and conda files only
 * where no other place says anything about tests.
 * Runtime requirements are read from files only where the project's metadata names none.
 */
export async function findTestDependencies(inputs: Inputs): Promise<TestDependencies> {
  const tox = await fromTox(inputs)
  const declared = await all([
    Promise.resolve(tox),
    fromExtras(inputs),
    fromGroups(inputs),
    fromTestsRequire(inputs),
    tox === null || tox.requirements.length === 0 ? fromRequirementsFiles(inputs) : Promise.resolve(null),
  ])
  const asked = declared.sources.length > 0 ? declared : await all([fromNox(inputs), fromCi(inputs)])
  const fallback = asked.sources.length > 0 ? asked : await all([fromConda(inputs)])
  const runtime = await fromRuntimeFile(inputs)
  const found = together([runtime ?? nothing, fallback])
  return { ...found, requirements: withoutTools(found.requirements, inputs.metadata.name) }
}

async function fromTox({ tree, tox, metadata }: Inputs): Promise<Found> {
  if (tox === null) return null
  const lines = tox.dependencies.map((line) => line.replaceAll('{toxinidir}/', ''))
  const read = await readRequirementLines(lines, 'tox.ini', (path) => tree.read(path))
  const extras = [...tox.extras, ...read.projectExtras].filter((extra) => metadata.extras.has(extra))
  if (read.requirements.length === 0 && extras.length === 0) return null
  return { requirements: read.requirements, extras, sources: ['tox.ini'] }
}

async function fromExtras({ metadata }: Inputs): Promise<Found> {
  const extras = firstRow([...metadata.extras.keys()], testGroupNames)
  return extras.length === 0 ? null : { requirements: [], extras, sources: [`extras ${extras.join(', ')}`] }
}

async function fromGroups({ metadata }: Inputs): Promise<Found> {
  const groups = firstRow([...metadata.groups.keys()], testGroupNames)
  const requirements = parseRequirements(groups.flatMap((group) => metadata.groups.get(group) ?? []))
  return requirements.length === 0 ? null : { requirements, extras: [], sources: [`groups ${groups.join(', ')}`] }
}

async function fromTestsRequire({ metadata }: Inputs): Promise<Found> {
  const requirements = parseRequirements(metadata.testsRequire)
  return requirements.length === 0 ? null : { requirements, extras: [], sources: ['tests_require'] }
}

async function fromRequirementsFiles({ tree, metadata }: Inputs): Promise<Found> {
  const paths = preferCompiled(firstRow(tree.paths, testRequirementsFiles))
  return fromFiles(paths, tree, metadata)
}

async function fromFiles(paths: readonly string[], tree: SourceTree, metadata: ProjectMetadata): Promise<Found> {
  const files = await Promise.all(paths.map((path) => readRequirementsFile(path, (name) => tree.read(name))))
  const requirements = files.flatMap((file) => file?.requirements ?? [])
  const extras = files.flatMap((file) => file?.projectExtras ?? []).filter((extra) => metadata.extras.has(extra))
  return requirements.length === 0 && extras.length === 0 ? null : { requirements, extras, sources: paths }
}

async function fromNox(inputs: Inputs): Promise<Found> {
  const text = await inputs.tree.read('noxfile.py')
  if (text === null) return null
  const sessions = parseNoxfile(text)
  const names = firstRow(
    sessions.map((session) => session.name),
    testGroupNames,
  )
  const words = sessions.filter((session) => names.includes(session.name)).flatMap((session) => session.installs)
  return fromInstalls(pipInstallsIn(`pip install ${words.map((word) => `'${word}'`).join(' ')}`), inputs, 'noxfile.py')
}

async function fromCi(inputs: Inputs): Promise<Found> {
  for (const path of inputs.ciFiles) {
    const text = await inputs.tree.read(path)
    const installs = pipInstallsIn(text ?? '')
    const isAboutTests = /\bpy\.?test\b|unittest|runtests/.test(text ?? '')
    const found = isAboutTests ? await fromInstalls(installs, inputs, path) : null
    if (found !== null) return found
  }
  return null
}

async function fromInstalls(installs: readonly PipInstall[], inputs: Inputs, source: string): Promise<Found> {
  const { tree, metadata } = inputs
  const extras = installs.flatMap((install) => install.extras).filter((extra) => metadata.extras.has(extra))
  const named = parseRequirements(installs.flatMap((install) => install.requirements))
  const files = await fromFiles(
    installs.flatMap((install) => install.files),
    tree,
    metadata,
  )
  const found = together([{ requirements: named, extras, sources: [source] }, files ?? nothing])
  return found.requirements.length === 0 && found.extras.length === 0 ? null : found
}

async function fromConda({ tree }: Inputs): Promise<Found> {
  const paths = tree.paths.filter((path) =>
    /^(?:ci\/|\.ci\/|conda\/)?(?:environment|env)(?:[-_]?(?:dev|test|ci))?\.ya?ml$/.test(path),
  )
  const texts = await Promise.all(paths.map((path) => tree.read(path)))
  const requirements = parseRequirements(texts.flatMap((text) => parseCondaEnvironment(text ?? '')))
  return requirements.length === 0 ? null : { requirements, extras: [], sources: paths }
}

/** `requirements.txt`, or what setup.py reads, where the metadata names nothing the project needs. */
async function fromRuntimeFile({ tree, metadata }: Inputs): Promise<Found> {
  if (metadata.dependencies.length > 0) return null
  const candidates = [
    ...metadata.requirementsFiles,
    'requirements.txt',
    'requirements/base.txt',
    'requirements/main.txt',
  ]
  const path = candidates.find((name) => tree.paths.includes(name))
  return path === undefined ? null : fromFiles([path], tree, metadata)
}

async function all(searches: readonly Promise<Found>[]): Promise<TestDependencies> {
  return together((await Promise.all(searches)).filter((found) => found !== null))
}

function together(found: readonly TestDependencies[]): TestDependencies {
  return {
    requirements: found.flatMap((one) => one.requirements),
    extras: [...new Set(found.flatMap((one) => one.extras))],
    sources: [...new Set(found.flatMap((one) => one.sources))],
  }
}

/** The names that match the first row of a table that any name matches. */
function firstRow(names: readonly string[], rows: readonly (readonly RegExp[])[]): string[] {
  for (const row of rows) {
    const hits = names.filter((name) => row.some((pattern) => pattern.test(name)))
    if (hits.length > 0) return hits
  }
  return []
}

/** Of `tests.in` and `tests.txt` only the latter, which was compiled from the former. */
function preferCompiled(paths: readonly string[]): string[] {
  return paths.filter((path) => !path.endsWith('.in') || !paths.includes(path.replace(/\.in$/, '.txt')))
}

/** Without tools that no test imports, without the project itself, and each requirement once. */
function withoutTools(requirements: readonly Requirement[], projectName: string | null): Requirement[] {
  const seen = new Set<string>()
  return requirements.filter((requirement) => {
    const key = `${requirement.name}|${requirement.specifier}|${requirement.marker}`
    const isWanted =
      requirement.name !== projectName && !toolsTestsDoNotNeed.some((tool) => tool.test(requirement.name))
    if (!isWanted || seen.has(key)) return false
    seen.add(key)
    return true
  })
}
