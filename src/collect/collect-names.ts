const name = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/(?!\.{1,2}$)[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/

/** `owner/name` of what somebody typed: that itself, or the address of a page or clone; null where it is neither. */
export function repoName(typed: string): string | null {
  const path = typed
    .trim()
    .replace(/^https?:\/\/[^/]+\//, '')
    .replace(/^git@[^:]+:/, '')
    .replace(/(?:\.git)?\/*$/, '')
  return name.test(path) ? path : null
}

export interface RepoNames {
  /** Each once, in the order of the lines. */
  readonly repos: readonly string[]
  /** Lines that are no names, each with its number. */
  readonly problems: readonly string[]
}

/** Names one a line; empty lines and what follows a `#` are passed over. */
export function readNames(text: string, file: string): RepoNames {
  const repos = new Set<string>()
  const problems: string[] = []
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const typed = line.replace(/#.*$/, '').trim()
    if (typed === '') continue
    const repo = repoName(typed)
    if (repo === null) problems.push(`${file}:${index + 1}: ${JSON.stringify(typed.slice(0, 100))} is no owner/name`)
    else repos.add(repo)
  }
  return { repos: [...repos], problems }
}
