import { iniLines, parseIni } from './ini.ts'

/** What a tox.ini says about the plain test environment. */
export interface ToxIni {
  /** Dependency lines that hold in every environment; lines behind a factor (`dev: …`) are left out. */
  readonly dependencies: readonly string[]
  readonly extras: readonly string[]
  /** Python versions of the environment list, such as `3.9`. */
  readonly pythonVersions: readonly string[]
  readonly pytestOptions: string
}

export function parseToxIni(text: string): ToxIni {
  const file = parseIni(text)
  const environment = file.get('testenv')
  const lines = iniLines(environment?.get('deps'))
  return {
    dependencies: lines.flatMap((line) => withoutFactor(line)),
    extras: iniLines(environment?.get('extras')?.replaceAll(',', '\n')).filter((extra) => /^[\w.-]+$/.test(extra)),
    pythonVersions: pythonVersionsIn(file.get('tox')?.get('envlist') ?? file.get('tox')?.get('env_list') ?? ''),
    pytestOptions: file.get('pytest')?.get('addopts') ?? '',
  }
}

/** Python versions named by tox factors: `py39`, `py{38,39}`, `py3{9,10}`, `py3.9`. */
export function pythonVersionsIn(text: string): string[] {
  const expanded = text.replace(/py(3?)\{([^}]*)\}/g, (_, prefix: string, list: string) =>
    list
      .split(',')
      .map((part) => `py${prefix}${part.trim()}`)
      .join(','),
  )
  const found = [...expanded.matchAll(/\bpy([23])\.?(\d{1,2})\b/g)].map((match) => `${match[1]}.${match[2]}`)
  return [...new Set(found)]
}

function withoutFactor(line: string): string[] {
  if (/\{\[|\{env:/.test(line)) return []
  const factor = /^[\w!{},.-]+\s*:\s+/.exec(line)
  return factor === null || line.startsWith('-') ? [line] : []
}
