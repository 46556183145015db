/** Sections of an INI file in file order; keys lower-cased, continuation lines joined by `\n`. */
export type IniFile = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Reads INI as Python's configparser does, but never fails: a line that means nothing is skipped. */
export function parseIni(text: string): IniFile {
  const sections = new Map<string, Map<string, string>>()
  let section: Map<string, string> | undefined
  let key: string | undefined
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line)) continue
    const header = /^\[(.+)\]\s*$/.exec(line)
    const entry = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line)
    if (header?.[1] !== undefined) {
      section = sections.get(header[1]) ?? new Map()
      sections.set(header[1], section)
      key = undefined
    } else if (/^\s/.test(line) && key !== undefined && section !== undefined) {
      section.set(key, `${section.get(key) ?? ''}\n${line.trim()}`)
    } else if (entry?.[1] !== undefined && section !== undefined) {
      key = entry[1].trim().toLowerCase()
      section.set(key, (entry[2] ?? '').trim())
    }
  }
  return sections
}

/** Non-empty lines of a multi-line value. */
export function iniLines(value: string | undefined): string[] {
  return (value ?? '')
    .split('\n')
    .map((line) => line.replace(/\s#.*$/, '').trim())
    .filter((line) => line !== '')
}
