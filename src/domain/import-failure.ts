/** What the gold patch adds, as far as a failed import can be explained by it. */
export interface Additions {
  /** Added lines of the patch, without the leading `+`. */
  readonly lines: readonly string[]
  /** Dotted names of modules that the patch adds as new files. */
  readonly modules: readonly string[]
}

const missingName = /cannot import name '?"?([A-Za-z_]\w*)|has no attribute '([A-Za-z_]\w*)'/g
const missingModule = /No module named '?"?([\w.]+)/g

/**
 * True where everything that a collection error says is missing is something the patch adds: then the tests could
 * not have been collected before, and "failed before" means what it should.
 */
export function explainsImportFailure(message: string, additions: Additions): boolean {
  const names = [...message.matchAll(missingName)].map((match) => match[1] ?? match[2] ?? '')
  const modules = [...message.matchAll(missingModule)].map((match) => match[1] ?? '')
  if (names.length + modules.length === 0) return false
  return names.every((name) => addsName(additions, name)) && modules.every((module) => addsModule(additions, module))
}

function addsName(additions: Additions, name: string): boolean {
  const word = new RegExp(`\\b${name}\\b`)
  return additions.lines.some((line) => word.test(line)) || addsModule(additions, name)
}

function addsModule(additions: Additions, module: string): boolean {
  return additions.modules.some((added) => {
    return added === module || added.startsWith(`${module}.`) || added.endsWith(`.${module}`)
  })
}
