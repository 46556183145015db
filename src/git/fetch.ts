import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { ProcessResult } from '../util/process.ts'
import { explain, git } from './git.ts'
import { objectFormatOf } from './object-id.ts'
import { layOutRepository } from './scratch.ts'

export interface FetchRequest {
  /** The bare cache. It is made where it is not there yet. */
  readonly gitDir: string
  readonly url: string
  readonly protocols: string
  readonly commit: string
  readonly inherited: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export type FetchOutcome =
  | { readonly kind: 'fetched' }
  | { readonly kind: 'unreachable'; readonly explanation: string }
  | { readonly kind: 'missing' | 'commit-missing'; readonly explanation: string }

const fetchTimeoutMs = 60 * 60 * 1000

/** What the checks of git's past forgave in dates and names is forgiven: real histories have it. */
export const forgivenChecks: readonly string[] = [
  'badDate',
  'badDateOverflow',
  'badEmail',
  'badName',
  'badTimezone',
  'missingEmail',
  'missingNameBeforeEmail',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'multipleAuthors',
  'zeroPaddedDate',
  'zeroPaddedFilemode',
]

/**
 * Objects arrive checked and as one pack or not at all (`unpackLimit`), so that a commit that is there is there with
 * all that it needs.
 */
const fetchSettings = [
  'fetch.unpackLimit=1',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=60',
  'transfer.fsckObjects=true',
  ...forgivenChecks.map((check) => `fetch.fsck.${check}=ignore`),
]

/** Brings branches and tags up to date. The caller holds the cache's lock; what an interrupted fetch left is repaired. */
export async function fetchBranches(request: FetchRequest): Promise<FetchOutcome> {
  const { gitDir } = request
  const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
  if (await isRepository(request)) {
    await removeLeftovers(gitDir)
    return outcomeOf(await fetch(request, gitDir, ['--prune'], refs))
  }
  await removePartials(gitDir)
  // A killed process may leave a git that goes on for a while: a new name keeps it out of what we make.
  const partial = `${gitDir}.partial-${crypto.randomUUID()}`
  await layOutRepository(partial, 'ref: refs/heads/none', objectFormatOf(request.commit))
  const outcome = outcomeOf(await fetch(request, partial, [], refs))
  if (outcome.kind !== 'fetched') {
    await rm(partial, { recursive: true, force: true })
    return outcome
  }
  await rm(gitDir, { recursive: true, force: true })
  await rename(partial, gitDir)
  return outcome
}

/** Asks for the one commit, which may be on no branch: the base of a pull request that was rebased since. */
export async function fetchCommit(request: FetchRequest): Promise<FetchOutcome> {
  return outcomeOf(await fetch(request, request.gitDir, [], [`${request.commit}:refs/openswe/${request.commit}`]))
}

function fetch(request: FetchRequest, gitDir: string, options: readonly string[], refs: readonly string[]) {
  const args = ['fetch', '--quiet', '--force', '--no-tags', '--no-write-fetch-head', ...options, '--']
  return git([...args, request.url, ...refs], {
    gitDir,
    settings: fetchSettings,
    protocols: request.protocols,
    inherited: request.inherited,
    timeoutMs: fetchTimeoutMs,
    signal: request.signal,
  })
}

/** What git says when the other side has nothing for us, or nothing sound; anything else may be mended by waiting. */
const refusals: readonly { readonly kind: 'missing' | 'commit-missing'; readonly text: RegExp }[] = [
  {
    kind: 'commit-missing',
    text: /not our ref|remote ref .* does not exist|couldn't find remote ref|unadvertised object/,
  },
  { kind: 'missing', text: /repository '[^']*' not found|repository not found|not appear to be a git repository/i },
  { kind: 'missing', text: /requested URL returned error: (?:401|403|404|410|451)\b/ },
  { kind: 'missing', text: /fsck error in packed object/ },
  { kind: 'missing', text: /could not read Username|Authentication failed|Permission to \S+ denied/ },
]

function outcomeOf(result: ProcessResult): FetchOutcome {
  if (result.exitCode === 0) return { kind: 'fetched' }
  const refusal = result.ended === null ? refusals.find(({ text }) => text.test(result.stderr)) : undefined
  return { kind: refusal?.kind ?? 'unreachable', explanation: explain(result) }
}

async function isRepository({ gitDir, signal }: FetchRequest): Promise<boolean> {
  const result = await git(['rev-parse', '--git-dir'], { gitDir, signal })
  return result.exitCode === 0
}

/** Removes what a killed process left where it had begun to make `gitDir`. The caller holds the lock on that. */
export async function removePartials(gitDir: string): Promise<void> {
  const prefix = `${basename(gitDir)}.partial-`
  for (const name of await readdir(dirname(gitDir))) {
    if (name.startsWith(prefix)) await rm(join(dirname(gitDir), name), { recursive: true, force: true })
  }
}

/** Nobody else is at work here, so that every lock and every half-written file is one that a killed fetch left. */
async function removeLeftovers(gitDir: string): Promise<void> {
  for (const path of await readdir(gitDir, { recursive: true })) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const isLeftover = name.endsWith('.lock') || (path.startsWith('objects/') && name.startsWith('tmp_'))
    if (isLeftover) await rm(join(gitDir, path), { recursive: true, force: true })
  }
}
