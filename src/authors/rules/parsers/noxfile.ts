import { pythonTokens } from './python-tokens.ts'

/** What a noxfile's sessions install, by session name. Nothing of it is run. */
export interface NoxSession {
  readonly name: string
  /** Words given to `session.install`, options included. */
  readonly installs: readonly string[]
}

export function parseNoxfile(source: string): NoxSession[] {
  const tokens = pythonTokens(source)
  const sessions: { name: string; installs: string[] }[] = []
  tokens.forEach((token, at) => {
    if (token.kind === 'name' && token.text === 'def') sessions.push({ name: tokens[at + 1]?.text ?? '', installs: [] })
    const isInstall = token.text === 'install' && tokens[at - 1]?.text === '.' && tokens[at + 1]?.text === '('
    if (!isInstall) return
    for (let next = at + 2; next < tokens.length && tokens[next]?.text !== ')'; next += 1) {
      const argument = tokens[next]
      if (argument?.kind === 'string') sessions.at(-1)?.installs.push(argument.text)
    }
  })
  return sessions.filter((session) => session.installs.length > 0)
}

/** Python versions in `@nox.session(python=…)` and in module-level lists of versions. */
export function noxPythonVersions(source: string): string[] {
  return [...new Set([...source.matchAll(/['"]([23]\.\d{1,2})['"]/g)].map((match) => match[1] ?? ''))]
}
