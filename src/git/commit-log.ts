import { git, gitOutput, gitText } from './git.ts'
import { objectFormatOf } from './object-id.ts'
import { Scratch } from './scratch.ts'

export interface LoggedCommit {
  readonly oid: string
  readonly parents: readonly string[]
  /** ISO 8601, UTC. */
  readonly committedAt: string
  readonly message: string
}

const fields = '%H%x00%P%x00%ct%x00%B%x00%x00'

/** The commits that `from` is built on, newest first along first parents, `from` among them. */
export async function readMainline(
  gitDir: string,
  from: string,
  count: number,
  signal: AbortSignal,
): Promise<LoggedCommit[]> {
  return log(gitDir, from, ['--first-parent', `--max-count=${count}`, from], signal)
}

/** Oldest first: what a merge brought in. */
export async function readMerged(
  gitDir: string,
  commit: string,
  parents: readonly string[],
  signal: AbortSignal,
): Promise<LoggedCommit[]> {
  const [first = '', ...others] = parents
  const commits = await log(gitDir, commit, [`--max-count=${maximumMerged}`, ...others, `^${first}`], signal)
  return commits.reverse()
}

const maximumMerged = 1000

async function log(gitDir: string, oid: string, args: readonly string[], signal: AbortSignal): Promise<LoggedCommit[]> {
  await using scratch = await Scratch.over(gitDir, objectFormatOf(oid))
  const words = ['log', `--format=tformat:${fields}`, '--encoding=UTF-8', '--no-color', '--no-decorate', ...args, '--']
  const text = new TextDecoder().decode(await gitOutput(words, { gitDir: scratch.gitDir, signal }))
  return text
    .split('\0\0\n')
    .filter((row) => row !== '')
    .map(logged)
}

function logged(row: string): LoggedCommit {
  const [oid = '', parents = '', seconds = '', message = ''] = row.split('\0')
  return {
    oid,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    committedAt: new Date(Number(seconds) * 1000).toISOString(),
    message: message.trimEnd(),
  }
}

/** The commit that a branch, tag or id names; null where it names none, as in an empty repository. */
export async function resolveCommit(gitDir: string, name: string, signal: AbortSignal): Promise<string | null> {
  if (name.startsWith('-')) return null
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]
  const result = await git(args, { gitDir, signal })
  return result.exitCode === 0 ? new TextDecoder().decode(result.stdout).trim() : null
}

/** `owner/name` from the address that the clone was made from; null where it has none, or no such one. */
export async function originRepo(gitDir: string, signal: AbortSignal): Promise<string | null> {
  const url = await gitText(['config', '--default', '', '--get', 'remote.origin.url'], { gitDir, signal })
  return /[/:]([A-Za-z0-9][A-Za-z0-9_-]*\/[A-Za-z0-9._-]+?)(?:\.git)?\/?\s*$/.exec(url)?.[1] ?? null
}
