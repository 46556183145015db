import { explain, git, gitText } from './git.ts'
import { objectFormatOf } from './object-id.ts'
import { readShallow, Scratch } from './scratch.ts'

/** What a checkout keeps of a repository's past. */
export interface KeptHistory {
  /** Nearest first; the first is the base commit itself. */
  readonly commits: readonly string[]
  /** Kept commits whose parents are left out, sorted: git's `shallow` file. */
  readonly shallow: readonly string[]
}

/**
 * The commit and its ancestors up to `depth`, counted as git counts it: 1 keeps the commit alone, Infinity keeps all.
 * `gitDir` must be a scratch over the repository.
 */
export async function keptHistory(
  gitDir: string,
  commit: string,
  depth: number,
  signal: AbortSignal,
): Promise<KeptHistory> {
  const walk = depth === 1 ? ['--no-walk'] : []
  const text = await gitText(['rev-list', ...walk, '--parents', commit, '--'], { gitDir, signal })
  const parents = new Map(text.split('\n').map((line) => [line.slice(0, commit.length), line.split(' ').slice(1)]))
  const absent = new Set(await readShallow(gitDir))
  const commits = new Set([commit])
  const shallow: string[] = []
  let level = [commit]
  for (let generation = 1; level.length > 0; generation++) {
    const isLast = generation >= depth
    shallow.push(...level.filter((id) => absent.has(id) || (isLast && (parents.get(id) ?? []).length > 0)))
    if (isLast) break
    level = [...new Set(level.flatMap((id) => parents.get(id) ?? []))].filter((id) => !commits.has(id))
    for (const id of level) commits.add(id)
  }
  return { commits: [...commits], shallow: shallow.sort() }
}

export type ObjectListing =
  /** One object a line, `id path`, as `git pack-objects` reads it. */
  | { readonly kind: 'complete'; readonly lines: string; readonly ids: ReadonlySet<string> }
  | { readonly kind: 'incomplete'; readonly explanation: string }

/** Every object that the commits consist of: themselves, their trees, their files. Ancestors not named are not followed. */
export async function objectsOf(
  gitDir: string,
  commits: readonly string[],
  signal: AbortSignal,
): Promise<ObjectListing> {
  const result = await git(['rev-list', '--objects', '--no-walk=unsorted', '--stdin'], {
    gitDir,
    stdin: `${commits.join('\n')}\n`,
    signal,
  })
  if (result.exitCode !== 0) return { kind: 'incomplete', explanation: explain(result) }
  const lines = new TextDecoder().decode(result.stdout)
  const idLength = commits[0]?.length ?? 0
  return {
    kind: 'complete',
    lines,
    ids: new Set(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(0, idLength)),
    ),
  }
}

/** The ids that a checkout of `commit` with ancestors to `depth` consists of: its `.git` may hold these and no other. */
export async function expectedObjects(
  gitDir: string,
  commit: string,
  depth: number,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  await using scratch = await Scratch.over(gitDir, objectFormatOf(commit))
  const { commits } = await keptHistory(scratch.gitDir, commit, depth, signal)
  const listing = await objectsOf(scratch.gitDir, commits, signal)
  if (listing.kind === 'incomplete') throw new Error(`${gitDir} lacks objects of ${commit}: ${listing.explanation}`)
  return listing.ids
}
