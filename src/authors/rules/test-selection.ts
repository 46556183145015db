import type { SourceTree } from '../../domain/source-tree.ts'

/** At most this many tests stand in for changed test data. */
const nearestLimit = 10
/** At most this many test files are read in search of a mention. */
const readLimit = 200

/**
 * The test files of a test patch that can be run. Data, `conftest.py` and helpers are no test files; where nothing else
 * changed, the tests that mention what changed are taken, or else those nearest to it.
 */
export async function selectTestFiles(tree: SourceTree, changed: readonly string[]): Promise<string[]> {
  const runnable = changed.filter(isTestFile)
  if (runnable.length > 0) return runnable
  const tests = tree.paths.filter(isTestFile)
  const mentioning = await testsMentioning(tree, tests, changed)
  return (mentioning.length > 0 ? mentioning : nearestTests(tests, changed)).slice(0, nearestLimit)
}

function isTestFile(path: string): boolean {
  const name = path.split('/').at(-1) ?? ''
  if (!name.endsWith('.py') || /^(?:conftest|__init__|setup)\.py$/.test(name)) return false
  return /^(?:test|unittest)|[_-]tests?\.py$|^tests\.py$|test_/.test(name)
}

async function testsMentioning(
  tree: SourceTree,
  tests: readonly string[],
  changed: readonly string[],
): Promise<string[]> {
  const names = changed
    .map((path) => path.split('/').at(-1) ?? path)
    .filter((name) => !/^(?:conftest|__init__)\.py$/.test(name))
  const words = names.flatMap((name) => [name, name.replace(/\.\w+$/, '')]).filter((word) => word.length > 3)
  const byDistance = nearestFirst(tests, changed).slice(0, readLimit)
  const found: string[] = []
  for (const path of byDistance) {
    const text = await tree.read(path)
    if (text !== null && words.some((word) => text.includes(word))) found.push(path)
  }
  return found
}

function nearestTests(tests: readonly string[], changed: readonly string[]): string[] {
  const ordered = nearestFirst(tests, changed)
  const nearest = ordered[0]
  if (nearest === undefined) return []
  return ordered.filter((path) => shared(path, changed) === shared(nearest, changed))
}

function nearestFirst(tests: readonly string[], changed: readonly string[]): string[] {
  return [...tests].sort((a, b) => shared(b, changed) - shared(a, changed) || a.length - b.length)
}

/** How many leading folders a path has in common with the closest of the others. */
function shared(path: string, others: readonly string[]): number {
  const folders = path.split('/').slice(0, -1)
  return Math.max(
    0,
    ...others.map((other) => {
      const parts = other.split('/')
      const different = folders.findIndex((folder, index) => folder !== parts[index])
      return different === -1 ? folders.length : different
    }),
  )
}
