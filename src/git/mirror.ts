import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ExpiringMap } from '../util/expiring-map.ts'
import { withLockFile } from '../util/lock-file.ts'
import { KeyedLock } from '../util/semaphore.ts'
import { type FetchOutcome, type FetchRequest, fetchBranches, fetchCommit } from './fetch.ts'
import { git } from './git.ts'
import { gitDirOf, type MirrorSource, mirrorSource } from './mirror-source.ts'
import { isObjectId } from './object-id.ts'
import { takeBundle } from './take-bundle.ts'

export interface MirrorOptions {
  readonly cacheDir: string
  /** URL or path with `{repo}` (owner/name), `{owner}` and `{name}`. */
  readonly template: string
  /** Variables that git's network side may see: proxies, certificates, `SSH_AUTH_SOCK`, a token. None by default. */
  readonly environment?: Readonly<Record<string, string>>
  /** Asked for what a source that cannot be reached from here has. */
  readonly bundles?: BundleSource
}

/** Whoever can reach the repositories where this machine cannot. */
export interface BundleSource {
  /** Commits of history that a bundle holds, and so the most that a checkout can have. */
  readonly depth: number
  ask(repo: string, commit: string, signal: AbortSignal): Promise<BundleAnswer>
}

export type BundleAnswer =
  | { readonly kind: 'bundle'; readonly bytes: Uint8Array }
  /** What came of it there, as of an `ensureCommit`. */
  | { readonly kind: 'missing' | 'unreachable' | 'commit-missing'; readonly explanation: string }

export type MirrorOutcome =
  | { readonly kind: 'ready'; readonly gitDir: string }
  /** `missing`: there is no such repository. `unreachable`: nobody can say now; a fault, to be tried again. */
  | { readonly kind: 'missing' | 'unreachable'; readonly explanation: string }

export type CommitOutcome = MirrorOutcome | { readonly kind: 'commit-missing'; readonly explanation: string }

const fetches = new KeyedLock()

/**
 * Sources that could not be reached, and in whose place bundles come: a network that drops everything would otherwise
 * hold up each commit of a repository for minutes, one after the other.
 */
const troubles = new ExpiringMap<string, Extract<FetchOutcome, { kind: 'unreachable' }>>(10 * 60 * 1000)

/**
 * A repository on this machine that holds `commit`, to be read only. A path is used where it is and never written to;
 * a URL is fetched into a bare cache, whole, by one fetch at a time on this machine, and only for what it lacks. Where
 * neither can be reached, a bundle of the commit becomes a repository of its own, which holds that commit alone.
 */
export async function ensureCommit(
  options: MirrorOptions,
  repo: string,
  commit: string,
  signal: AbortSignal,
): Promise<CommitOutcome> {
  if (!isObjectId(commit)) {
    return {
      kind: 'commit-missing',
      explanation: `"base_commit" is ${JSON.stringify(commit)}: it must be 40 or 64 hex digits`,
    }
  }
  const source = mirrorSource(options.template, repo)
  if (source.kind === 'unusable') return { kind: 'missing', explanation: source.explanation }
  const { bundles } = options
  if (bundles === undefined) return atSource(options, source, commit, signal)
  const gitDir = resolve(options.cacheDir, `${source.cacheName}.${commit}.${bundles.depth}.git`)
  const taken = await heldIfThere(gitDir, commit, signal)
  if (taken !== null) return taken
  const outcome = await atSource(options, source, commit, signal)
  return outcome.kind === 'missing' || outcome.kind === 'unreachable'
    ? byBundle({ bundles, gitDir, repo, commit, signal }, outcome)
    : outcome
}

function atSource(
  options: MirrorOptions,
  source: Exclude<MirrorSource, { kind: 'unusable' }>,
  commit: string,
  signal: AbortSignal,
): Promise<CommitOutcome> {
  if (source.kind === 'directory') return inDirectory(source.path, commit, signal)
  const gitDir = resolve(options.cacheDir, `${source.cacheName}.git`)
  const { url, protocols } = source
  const request = { gitDir, url, protocols, commit, inherited: options.environment ?? {}, signal }
  return throughCache(request, options.bundles !== undefined)
}

interface BundleRequest {
  readonly bundles: BundleSource
  readonly gitDir: string
  readonly repo: string
  readonly commit: string
  readonly signal: AbortSignal
}

/** `own` is what came of reaching the source from here. */
async function byBundle(
  { bundles, gitDir, repo, commit, signal }: BundleRequest,
  own: { readonly explanation: string },
): Promise<CommitOutcome> {
  await mkdir(dirname(gitDir), { recursive: true })
  return fetches.with(gitDir, () =>
    withLockFile(`${gitDir}.lock`, signal, async () => {
      const taken = await heldIfThere(gitDir, commit, signal)
      if (taken !== null) return taken
      const answer = await bundles.ask(repo, commit, signal)
      if (answer.kind !== 'bundle') return { ...answer, explanation: `${own.explanation}; ${answer.explanation}` }
      const { depth } = bundles
      const outcome = await takeBundle(answer.bytes, { gitDir, commit, depth, signal })
      if (outcome.kind === 'taken') return { kind: 'ready', gitDir }
      return { kind: 'unreachable', explanation: `${own.explanation}; ${outcome.explanation}` }
    }),
  )
}

/** Like `held`, without asking git where there is nothing yet, as is usual. */
async function heldIfThere(gitDir: string, commit: string, signal: AbortSignal): Promise<CommitOutcome | null> {
  return (await gitDirOf(gitDir)) === gitDir ? await held(gitDir, commit, signal) : null
}

async function inDirectory(path: string, commit: string, signal: AbortSignal): Promise<CommitOutcome> {
  const gitDir = await gitDirOf(path)
  if (gitDir === null) return { kind: 'missing', explanation: `${path} is not a git repository` }
  return (await held(gitDir, commit, signal)) ?? absent(path, commit)
}

async function throughCache(request: FetchRequest, hasBundles: boolean): Promise<CommitOutcome> {
  const { gitDir, commit, signal } = request
  const atHand = await held(gitDir, commit, signal)
  if (atHand !== null) return atHand
  await mkdir(dirname(gitDir), { recursive: true })
  return fetches.with(gitDir, () =>
    withLockFile(`${gitDir}.lock`, signal, async () => {
      const fetched = await held(gitDir, commit, signal)
      if (fetched !== null) return fetched
      return (hasBundles ? troubles.get(gitDir) : undefined) ?? (await fetchUntilHeld(request))
    }),
  )
}

async function fetchUntilHeld(request: FetchRequest): Promise<CommitOutcome> {
  const { gitDir, commit, signal } = request
  for (const fetch of [fetchBranches, fetchCommit]) {
    const outcome = await fetch(request)
    if (outcome.kind === 'unreachable') troubles.set(gitDir, outcome)
    if (outcome.kind !== 'fetched') return outcome
    const found = await held(gitDir, commit, signal)
    if (found !== null) return found
  }
  return absent(request.url, commit)
}

/** Null where the repository, if there is one, does not know the id. */
async function held(gitDir: string, commit: string, signal: AbortSignal): Promise<CommitOutcome | null> {
  const result = await git(['cat-file', '-t', commit], { gitDir, signal })
  if (result.exitCode !== 0) return null
  const type = new TextDecoder().decode(result.stdout).trim()
  if (type === 'commit') return { kind: 'ready', gitDir }
  return { kind: 'commit-missing', explanation: `"base_commit" ${commit} is a ${type}, not a commit` }
}

function absent(place: string, commit: string): CommitOutcome {
  return { kind: 'commit-missing', explanation: `${place} has no commit ${commit}` }
}
