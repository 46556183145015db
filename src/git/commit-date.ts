import { gitText } from './git.ts'

/** When a commit was made, from its committer line; the epoch where the line holds no date. */
export async function committedAtMs(gitDir: string, commit: string, signal: AbortSignal): Promise<number> {
  const text = await gitText(['cat-file', 'commit', commit], { gitDir, signal })
  const [, seconds] = /\ncommitter .*> (\d{1,11}) /.exec(text.slice(0, text.indexOf('\n\n'))) ?? []
  return Number(seconds ?? 0) * 1000
}
