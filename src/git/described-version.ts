import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { explain, git } from './git.ts'

/** The nearest tag that a commit descends from, as `git describe` finds it. */
export interface Description {
  readonly tag: string
  /** Commits since the tag; 0 on the tag itself. */
  readonly distance: number
  /** PEP 440, as setuptools_scm derives it by default. */
  readonly version: string
}

const abbreviation = 9
const maximumTags = 8

/** Tags that hold no version are passed over. Null where no tag is left. */
export async function describeCommit(gitDir: string, commit: string, signal: AbortSignal): Promise<Description | null> {
  const kept = await keptDescription(gitDir, commit)
  if (kept !== undefined) return kept
  const passedOver: string[] = []
  while (passedOver.length < maximumTags) {
    const excluded = passedOver.map((tag) => `--exclude=${tag}`)
    const args = ['describe', '--tags', '--long', '--abbrev=64', '--match=*[0-9]*', ...excluded, commit, '--']
    const result = await git(args, { gitDir, signal })
    if (result.exitCode !== 0) return nothing(result)
    const [, tag, distance] = /^(.+)-(\d+)-g[0-9a-f]+\s*$/.exec(new TextDecoder().decode(result.stdout)) ?? []
    if (tag === undefined || distance === undefined) return null
    const version = versionSince(tag, Number(distance), commit)
    if (version !== null) return { tag, distance: Number(distance), version }
    passedOver.push(tag.replaceAll(/[*?[\]\\]/g, '\\$&'))
  }
  return null
}

interface Kept {
  readonly commit: string
  readonly description: Description | null
}

/** Makes `describeCommit` say this of a repository of ours that has too little of the history to tell. */
export async function keepDescription(gitDir: string, commit: string, description: Description | null): Promise<void> {
  const kept: Kept = { commit, description }
  await writeFile(join(gitDir, keptName), JSON.stringify(kept))
}

const keptName = 'openswe-description'

/** Undefined where nothing is kept of the commit. */
async function keptDescription(gitDir: string, commit: string): Promise<Description | null | undefined> {
  const text = await readFile(join(gitDir, keptName), 'utf8').catch(() => null)
  if (text === null) return undefined
  const kept = JSON.parse(text) as Kept
  return kept.commit === commit ? kept.description : undefined
}

/** The version of the commit that lies `distance` commits after `tag`: the tag's own, or a development one of the next. */
export function versionSince(tag: string, distance: number, commit: string): string | null {
  const [, text] = /^(?:[\w-]+-)?([vV]?\d+(?:\.\d+){0,2}[^+]*)(?:\+.*)?$/.exec(tag) ?? []
  const version = text === undefined ? null : normalize(text)
  if (version === null) return null
  return distance === 0 ? version : `${next(version)}.dev${distance}+g${commit.slice(0, abbreviation)}`
}

const pep440 =
  /^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preN>\d*))?(?:-(?<bare>\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postN>\d*))?(?:[-_.]?(?<dev>dev)[-_.]?(?<devN>\d*))?$/i

const preNames: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' }

function normalize(text: string): string | null {
  const parts = pep440.exec(text)?.groups
  if (parts === undefined) return null
  const number = (digits: string | undefined) => String(BigInt(digits || '0'))
  const pre = parts.pre?.toLowerCase()
  return [
    parts.epoch === undefined ? '' : `${number(parts.epoch)}!`,
    (parts.release ?? '').split('.').map(number).join('.'),
    pre === undefined ? '' : `${preNames[pre] ?? pre}${number(parts.preN)}`,
    parts.bare === undefined && parts.post === undefined ? '' : `.post${number(parts.bare ?? parts.postN)}`,
    parts.dev === undefined ? '' : `.dev${number(parts.devN)}`,
  ].join('')
}

/** A development version leads to the version it announces; any other counts its last number up. */
function next(version: string): string {
  const dev = version.indexOf('.dev')
  if (dev >= 0) return version.slice(0, dev)
  return version.replace(/\d+$/, (digits) => String(BigInt(digits) + 1n))
}

function nothing(result: Parameters<typeof explain>[0]): null {
  if (/No names found|No tags can describe|cannot describe/.test(result.stderr)) return null
  throw new Error(`git describe: ${explain(result)}`)
}
