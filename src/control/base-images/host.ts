import { existsSync } from 'node:fs'
import { Glob } from 'bun'

/** Where distributions keep the authorities that somebody added to a machine. */
const anchorDirs = ['/usr/local/share/ca-certificates', '/etc/pki/ca-trust/source/anchors']

/** The authorities that this machine trusts besides its distribution's, as PEM; undefined where there are none. */
export async function addedAuthorities(): Promise<string | undefined> {
  const texts: string[] = []
  for (const dir of anchorDirs.filter((path) => existsSync(path))) {
    for (const name of [...new Glob('**/*.{crt,pem}').scanSync(dir)].sort())
      texts.push(await Bun.file(`${dir}/${name}`).text())
  }
  return pemOf(texts.join('\n'))
}

const certificatePattern = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** The certificates of a text, without what stands between them; undefined where it holds none. */
export function pemOf(text: string): string | undefined {
  const certificates = text.match(certificatePattern)
  return certificates === null ? undefined : `${certificates.join('\n')}\n`
}

const publicMirror = 'http://deb.debian.org/debian'

/** The Debian mirror that this machine's own packages come from; the public one where it has none. */
export async function hostDebianMirror(): Promise<string> {
  const texts: string[] = []
  for (const path of ['/etc/apt/sources.list', ...sourceFiles()]) {
    if (existsSync(path)) texts.push(await Bun.file(path).text())
  }
  return debianMirrorOf(texts) ?? publicMirror
}

function sourceFiles(): string[] {
  const dir = '/etc/apt/sources.list.d'
  if (!existsSync(dir)) return []
  return [...new Glob('*.{list,sources}').scanSync(dir)].sort().map((name) => `${dir}/${name}`)
}

/** The first archive named `debian` in apt's sources, in either of their two formats. */
export function debianMirrorOf(texts: readonly string[]): string | undefined {
  for (const line of texts.join('\n').split('\n')) {
    const url = /^\s*(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:\s*)(https?:\/\/\S+?\/debian)\/?(?:\s|$)/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  return undefined
}
