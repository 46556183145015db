import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readNames, repoName } from '../../collect/collect-names.ts'
import type { CollectRequest } from '../../collect/collect-output.ts'
import { collectRepositories } from '../../collect/collect-repositories.ts'
import type { CollectState, CollectStep } from '../../collect/collect-step.ts'
import { mineGit } from '../../collect/mine-git.ts'
import { type IssueText, readIssueTexts } from '../../collect/mine-git-issues.ts'
import { environmentVariable } from '../../config/process-environment.ts'
import { originRepo, resolveCommit } from '../../git/commit-log.ts'
import { gitDirOf } from '../../git/mirror-source.ts'
import { tokenAccess } from '../../git/token-access.ts'
import { GitHub } from '../../github/client.ts'
import { type RepositorySearch, searchRepositories } from '../../github/repositories.ts'
import type { Quota } from '../../github/token-ring.ts'
import { GitHubAccessError } from '../../github/trouble.ts'
import { PreflightError, UsageError } from '../errors.ts'
import { defaultCacheDir } from '../machine.ts'
import type { CollectFlags } from '../options/collect.ts'

/** What `collect` takes rows from. */
export interface CollectSource {
  readonly request: CollectRequest
  /** The repositories at work, searched for where that is what was asked. */
  findRepos(): Promise<readonly string[]>
  steps(repos: readonly string[], from: CollectState): AsyncGenerator<CollectStep>
  /** Requests that GitHub still answers. */
  quotas(): { readonly graphql: Quota | null; readonly core: Quota | null }
}

export interface SourceContext {
  readonly signal: AbortSignal
  readonly tell: (line: string) => void
  readonly onWait: (untilMs: number, why: string) => void
}

/** A clone on this machine. */
export async function gitSource(flags: CollectFlags, { signal, tell }: SourceContext): Promise<CollectSource> {
  const dir = flags.git ?? ''
  const gitDir = await gitDirOf(resolve(dir))
  if (gitDir === null) throw new UsageError(`--git ${dir}: is no git repository — name a clone`)
  const repo = repoName(flags.repo ?? (await originRepo(gitDir, signal)) ?? '')
  if (repo === null) throw new UsageError(`${dir} does not say what it is a clone of — give --repo owner/name`)
  const tip = await resolveCommit(gitDir, flags.branch, signal)
  if (tip === null) throw new UsageError(`${dir} has no commit ${flags.branch} — is it empty? Else give --branch`)
  const issues = flags.issues === undefined ? null : await issueTexts(flags.issues, tell)
  const { since = null, before = null, limit = null, branch } = flags
  const place = {
    gitDir: await realpath(gitDir),
    repo,
    branch,
    issues: flags.issues === undefined ? null : resolve(flags.issues),
  }
  const options = { gitDir, repo, issues, since, until: before, limit: limit ?? Number.POSITIVE_INFINITY, signal }
  return {
    request: { ...place, since, before, limit },
    findRepos: async () => [repo],
    steps: (_repos, from) => mineGit(options, tip, from),
    quotas: () => ({ graphql: null, core: null }),
  }
}

async function issueTexts(path: string, tell: (line: string) => void): Promise<ReadonlyMap<number, IssueText>> {
  const read = await readIssueTexts(path)
  if (read.kind === 'refused') throw new UsageError(`--issues ${read.explanation}`)
  for (const problem of read.problems) tell(problem)
  return read.issues
}

/** GitHub's API. Wrong tokens are said here, before any work. */
export async function gitHubSource(
  words: readonly string[],
  flags: CollectFlags,
  { signal, tell, onWait }: SourceContext,
): Promise<CollectSource> {
  const named = await namedRepos(words, flags, tell)
  const search = searchOf(flags)
  if (named === null && search === null) {
    throw new UsageError('nothing to collect: give owner/name, --names FILE, --language NAME, or --git FOLDER')
  }
  if (named !== null && search !== null)
    throw new UsageError('names and a search do not go together — give one of them')
  const apiUrl = apiUrlOf(flags.api ?? environmentVariable('GITHUB_API_URL') ?? 'https://api.github.com')
  const cacheDir = resolve(flags.cache ?? defaultCacheDir())
  const tokens = await tokensOf(flags.tokenFile)
  const github = await GitHub.open({ tokens, apiUrl, cacheDir: join(cacheDir, 'github'), signal, onWait })
  const { since = null, before = null, limit = null } = flags
  const server = webOrigin(apiUrl)
  const mirror = { cacheDir: join(cacheDir, 'repositories'), template: flags.repos ?? `${server}/{repo}.git` }
  const access = tokenAccess(server, tokens[0])
  const linkedOnly = flags.linked === true
  const fromGit = flags.fromGit === true
  const bounds = { since, until: before, limit: limit ?? Number.POSITIVE_INFINITY }
  return {
    request: { apiUrl, named, search, since, before, limit, linkedOnly, fromGit },
    findRepos: async () => named ?? (search === null ? [] : await found(github, search, tell)),
    steps: (repos, from) =>
      collectRepositories({ github, mirror, access, fromGit, linkedOnly, signal, ...bounds }, repos, from),
    quotas: () => ({ graphql: github.quota('graphql'), core: github.quota('core') }),
  }
}

async function namedRepos(
  words: readonly string[],
  flags: CollectFlags,
  tell: (line: string) => void,
): Promise<readonly string[] | null> {
  if (words.length === 0 && flags.names === undefined) return null
  const wrong = words.filter((word) => repoName(word) === null)
  if (wrong.length > 0) throw new UsageError(`${wrong.join(', ')}: owner/name is wanted`)
  const typed = words.flatMap((word) => repoName(word) ?? [])
  if (flags.names === undefined) return [...new Set(typed)]
  const file = flags.names
  const text = await (file === '-' ? Bun.stdin : Bun.file(file)).text().catch((error: Error) => error)
  if (text instanceof Error) throw new UsageError(`--names ${file}: ${text.message}`)
  const { repos, problems } = readNames(text, file)
  for (const problem of problems) tell(problem)
  if (repos.length + typed.length === 0)
    throw new UsageError(`--names ${file}: holds no owner/name — one a line is wanted`)
  return [...new Set([...typed, ...repos])]
}

function searchOf({ language, minStars, pushedAfter, maxRepos }: CollectFlags): RepositorySearch | null {
  if (language === undefined && minStars === undefined && pushedAfter === undefined) return null
  return { language, minStars: minStars ?? 5, pushedAfter, limit: maxRepos }
}

async function found(
  github: GitHub,
  search: RepositorySearch,
  tell: (line: string) => void,
): Promise<readonly string[]> {
  const answer = await searchRepositories(github, search)
  if (answer.kind !== 'answer') throw new PreflightError(`the search failed: ${answer.explanation}`)
  for (const stars of answer.value.crowdedStars) {
    tell(`more repositories have ${stars} stars than GitHub shows: some are left out — narrow with --pushed-after`)
  }
  if (answer.value.repos.length === 0)
    throw new UsageError('the search finds no repository — widen it with --min-stars or --pushed-after')
  return answer.value.repos
}

/** A server of one's own has its API below `/api/v3`. */
function apiUrlOf(typed: string): string {
  const url = new URL(typed)
  const isBare = url.pathname === '/' && url.hostname !== 'api.github.com'
  return isBare ? `${url.origin}/api/v3` : typed.replace(/\/+$/, '')
}

/** Where the repositories of an API are cloned from. */
function webOrigin(apiUrl: string): string {
  const url = new URL(apiUrl)
  return url.hostname === 'api.github.com' ? 'https://github.com' : url.origin
}

async function tokensOf(file: string | undefined): Promise<readonly [string, ...string[]]> {
  const text =
    file === undefined
      ? tokenVariable()
      : await Bun.file(file)
          .text()
          .catch((error: Error) => error)
  if (text instanceof Error) throw new UsageError(`--token-file ${file}: ${text.message}`)
  const tokens = [...new Set(text.split(/[\s,]+/))].filter((token) => token !== '')
  const [first, ...others] = tokens
  if (first === undefined) {
    throw new GitHubAccessError('GitHub answers no questions without a token — set GITHUB_TOKEN, or give --token-file')
  }
  // A header takes no other characters, and an error about it would show the token.
  if (tokens.some((token) => !/^[\x21-\x7e]+$/.test(token)))
    throw new UsageError(
      `${file ?? 'GITHUB_TOKENS'}: holds characters that are in no token — tokens are wanted, one a line or between commas`,
    )
  return [first, ...others]
}

function tokenVariable(): string {
  const names = ['GITHUB_TOKENS', 'GITHUB_TOKEN', 'GH_TOKEN']
  return names.map(environmentVariable).find((value) => value !== undefined) ?? ''
}
