import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { sha256 } from '../util/sha256.ts'

/** Where a repository comes from, by the template. */
export type MirrorSource =
  | { readonly kind: 'directory'; readonly path: string; readonly cacheName: string }
  | {
      readonly kind: 'remote'
      readonly url: string
      /** What git may speak to reach it. */
      readonly protocols: string
      /** Names what we keep of it; two places never share one. */
      readonly cacheName: string
    }
  | { readonly kind: 'unusable'; readonly explanation: string }

const repoName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\/[A-Za-z0-9._-]{1,100}$/
const remoteProtocols: readonly string[] = ['https', 'http', 'ssh']

/** Fills `{repo}`, `{owner}` and `{name}` in; a template that is no URL is a path. */
export function mirrorSource(template: string, repo: string): MirrorSource {
  const [owner = '', name = ''] = repo.split('/')
  if (!repoName.test(repo) || name === '.' || name === '..') {
    return { kind: 'unusable', explanation: `"repo" is ${JSON.stringify(repo.slice(0, 200))}: it must be owner/name` }
  }
  const words: Readonly<Record<string, string>> = { repo, owner, name }
  const place = template.replaceAll(/\{(repo|owner|name)\}/g, (_, word: string) => words[word] ?? '')
  const protocol = protocolOf(place)
  const cacheName = `${owner}+${name}-${sha256(place).slice(0, 8)}`
  if (protocol === null) return { kind: 'directory', path: resolve(place), cacheName }
  if (protocol !== 'file' && !remoteProtocols.includes(protocol)) {
    const explanation = `${place} is reached by ${protocol}: use https, http, ssh, file or a path`
    return { kind: 'unusable', explanation }
  }
  const protocols = protocol === 'file' ? 'file' : remoteProtocols.join(':')
  return { kind: 'remote', url: place, protocols, cacheName }
}

/** The directory's repository: itself where it is bare, otherwise its `.git`. */
export async function gitDirOf(path: string): Promise<string | null> {
  for (const gitDir of [path, join(path, '.git')]) {
    const isRepository = (await Bun.file(join(gitDir, 'HEAD')).exists()) && (await isDirectory(join(gitDir, 'objects')))
    if (isRepository) return gitDir
  }
  return null
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}

/** `host:path` is git's short form of ssh; `transport::address` starts a program of any name. */
function protocolOf(place: string): string | null {
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/|:)/.exec(place) ?? []
  if (scheme !== undefined) return scheme.toLowerCase()
  return /^[^/]+:/.test(place) ? 'ssh' : null
}
