import type { SourceTree } from '../domain/source-tree.ts'

const declarations: readonly { readonly path: string; readonly pattern: RegExp }[] = [
  { path: 'pyproject.toml', pattern: /^\s*name\s*=\s*["']([^"'\n]+)["']/gm },
  { path: 'setup.cfg', pattern: /^\s*name\s*=\s*([A-Za-z0-9._-]+)\s*$/gm },
  { path: 'setup.py', pattern: /\bname\s*=\s*["']([A-Za-z0-9._-]+)["']/g },
]

/** Names under which the project may be released: its repository's, and those its build files declare. */
export async function projectNamesOf(repo: string, tree: SourceTree): Promise<readonly string[]> {
  const names = new Set<string>([repo.split('/')[1] ?? repo])
  for (const { path, pattern } of declarations) {
    const text = await tree.read(path)
    for (const match of text?.matchAll(pattern) ?? []) names.add(match[1] ?? '')
  }
  names.delete('')
  return [...names]
}
