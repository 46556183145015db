/** Python versions that a CI configuration names: in a list, a matrix, a scalar, or as tox environments. */
export function ciPythonVersions(text: string): string[] {
  const found = new Set<string>()
  let listIndent = -1
  for (const line of text.split(/\r?\n/)) {
    const indent = line.search(/\S/)
    const isKey = /\bpython(?:[-_ ]?version)?s?\b\s*["']?\s*[:=]/i.test(line)
    const isItem = listIndent >= 0 && indent >= listIndent && /^\s*-/.test(line)
    if (isKey || isItem)
      for (const match of line.matchAll(/(?<![\w.-])([23]\.\d{1,2})(?![\d])/g)) found.add(match[1] ?? '')
    if (isKey) listIndent = indent
    else if (!isItem) listIndent = -1
    for (const match of line.matchAll(/\bpy([23])(\d{1,2})\b/g)) found.add(`${match[1]}.${match[2]}`)
  }
  return [...found]
}
