import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type BundleHead, bundleLimitBytes, readBundle } from './bundle.ts'
import { keepDescription } from './described-version.ts'
import { forgivenChecks, removePartials } from './fetch.ts'
import { explain, git, gitText } from './git.ts'
import { keptHistory, objectsOf } from './history.ts'
import { objectFormatOf } from './object-id.ts'
import { layOutRepository, Scratch } from './scratch.ts'

export type TakenBundle =
  | { readonly kind: 'taken' }
  /** Nothing is left of it. */
  | { readonly kind: 'unusable'; readonly explanation: string }

export interface TakeRequest {
  /** Where the repository is to be; the caller holds the lock on it, and it is not there. */
  readonly gitDir: string
  readonly commit: string
  readonly depth: number
  readonly limitBytes?: number
  readonly signal: AbortSignal
}

/** No object needs more memory than that at once, whatever a pack claims. */
const allocationBytes = 1024 * 1024 * 1024
const takingTimeoutMs = 10 * 60 * 1000

/**
 * Makes a bare repository of a bundle. Its bytes are not believed: each object is checked as a fetched one is, what the
 * commit consists of must be there, and nothing else may be.
 */
export async function takeBundle(bytes: Uint8Array, request: TakeRequest): Promise<TakenBundle> {
  const { gitDir, commit, depth, limitBytes = bundleLimitBytes } = request
  if (bytes.byteLength > limitBytes) return unusable(`it has ${bytes.byteLength} bytes, more than ${limitBytes}`)
  const bundle = readBundle(bytes)
  if (bundle === null) return unusable('it does not begin as a bundle does')
  const { head, pack } = bundle
  if (head.commit !== commit || head.depth !== depth) {
    return unusable(`it is of ${head.commit} to the depth ${head.depth}, and ${commit} to ${depth} was asked for`)
  }
  await mkdir(dirname(gitDir), { recursive: true })
  await removePartials(gitDir)
  const partial = `${gitDir}.partial-${crypto.randomUUID()}`
  try {
    await layOutRepository(partial, 'ref: refs/heads/none', objectFormatOf(commit))
    const problem = await fill(partial, head, pack, request.signal)
    if (problem !== null) return unusable(problem)
    await rename(partial, gitDir)
    return { kind: 'taken' }
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

function unusable(explanation: string): TakenBundle {
  return { kind: 'unusable', explanation: `the bundle cannot be used: ${explanation}` }
}

/** Null where the repository is now as it should be. */
async function fill(gitDir: string, head: BundleHead, pack: Uint8Array, signal: AbortSignal): Promise<string | null> {
  if (head.shallow.length > 0) await writeFile(join(gitDir, 'shallow'), `${head.shallow.join('\n')}\n`)
  const checks = forgivenChecks.map((check) => `${check}=ignore`).join(',')
  const result = await git(['index-pack', '--stdin', `--strict=${checks}`], {
    gitDir,
    stdin: pack,
    inherited: { GIT_ALLOC_LIMIT: String(allocationBytes) },
    timeoutMs: takingTimeoutMs,
    signal,
  })
  if (result.exitCode !== 0) return explain(result)
  const problem = await wholenessProblem(gitDir, head, signal)
  if (problem !== null) return problem
  await keepDescription(gitDir, head.commit, head.description)
  return head.tagged === null || head.description === null
    ? null
    : await tag(gitDir, head.description.tag, head.tagged, signal)
}

/** The pack must hold what the commit and its kept ancestors consist of, and no object more. */
async function wholenessProblem(
  gitDir: string,
  { commit, depth, shallow }: BundleHead,
  signal: AbortSignal,
): Promise<string | null> {
  const type = await git(['cat-file', '-t', commit], { gitDir, signal })
  if (new TextDecoder().decode(type.stdout).trim() !== 'commit') return `it has no commit ${commit}`
  await using scratch = await Scratch.over(gitDir, objectFormatOf(commit))
  const history = await keptHistory(scratch.gitDir, commit, depth, signal)
  if (history.shallow.join() !== [...shallow].sort().join()) return 'its history is cut off elsewhere than it says'
  const listing = await objectsOf(scratch.gitDir, history.commits, signal)
  if (listing.kind === 'incomplete') return listing.explanation
  const sent = await gitText(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)'], { gitDir, signal })
  const surplus = sent.split('\n').find((id) => id !== '' && !listing.ids.has(id))
  return surplus === undefined ? null : `it has the object ${surplus}, which ${commit} does not need`
}

/** `update-ref` refuses what is no name of a tag. */
async function tag(gitDir: string, name: string, commit: string, signal: AbortSignal): Promise<string | null> {
  const result = await git(['update-ref', `refs/tags/${name}`, commit], { gitDir, signal })
  return result.exitCode === 0 ? null : explain(result)
}
