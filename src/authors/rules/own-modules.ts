/** Top-level modules and packages that a repository itself holds, at its root or under `src` and `lib`. */
export function ownModules(paths: readonly string[]): string[] {
  const found = new Set<string>()
  for (const path of paths) {
    const match = /^(?:(?:src|lib|python)\/)?([A-Za-z_]\w*)(?:\/__init__\.pyi?|\.py)$/.exec(path)
    const namespaced = /^(?:src|lib)\/([A-Za-z_]\w*)\/.+\.py$/.exec(path)
    const name = match?.[1] ?? namespaced?.[1]
    if (name !== undefined && name !== 'setup' && name !== '__init__') found.add(name)
  }
  return [...found].sort()
}
