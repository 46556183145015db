import * as v from 'valibot'
import type { Answer, GitHub } from './client.ts'
import type { Failure } from './trouble.ts'

export type CompareOutcome =
  | { readonly kind: 'diff'; readonly text: string }
  /** The bytes are not UTF-8: git knows how to say them so. */
  | { readonly kind: 'not-utf8' }
  | Failure

/** The diff between two commits as GitHub prints it, which may leave out files, and always the content of binary ones. */
export async function compareDiff(github: GitHub, repo: string, base: string, end: string): Promise<CompareOutcome> {
  const answer = await github.get(`/repos/${repo}/compare/${base}...${end}`, { accept: 'application/vnd.github.diff' })
  if (answer.kind !== 'answer') return answer
  try {
    return { kind: 'diff', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(answer.value) }
  } catch {
    return { kind: 'not-utf8' }
  }
}

const comparison = v.object({ merge_base_commit: v.object({ sha: v.string() }) })

/** The commit at which two branches parted. */
export async function mergeBase(github: GitHub, repo: string, base: string, end: string): Promise<Answer<string>> {
  const answer = await github.get(`/repos/${repo}/compare/${base}...${end}?per_page=1&page=2`)
  if (answer.kind !== 'answer') return answer
  const parsed = v.parse(comparison, JSON.parse(new TextDecoder().decode(answer.value)))
  return { kind: 'answer', value: parsed.merge_base_commit.sha }
}
