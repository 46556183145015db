/** Canonical names of languages, each with the other spellings that data sets use. Compared without case. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  python: ['py', 'python2', 'python3'],
  javascript: ['js', 'node', 'nodejs', 'jsx'],
  typescript: ['ts', 'tsx'],
  java: [],
  kotlin: ['kt'],
  scala: [],
  groovy: [],
  clojure: ['clj'],
  go: ['golang'],
  rust: ['rs'],
  c: [],
  cpp: ['c++', 'cxx', 'cc'],
  csharp: ['c#', 'cs', '.net', 'dotnet'],
  fsharp: ['f#'],
  ruby: ['rb'],
  php: [],
  perl: [],
  lua: [],
  swift: [],
  'objective-c': ['objc', 'objectivec'],
  dart: [],
  elixir: ['ex'],
  erlang: [],
  haskell: ['hs'],
  ocaml: [],
  julia: ['jl'],
  r: [],
  zig: [],
  shell: ['bash', 'sh'],
}

const canonical = new Map(
  Object.entries(spellings).flatMap(([name, others]) => [name, ...others].map((s) => [s, name])),
)

export const languages: readonly string[] = Object.keys(spellings)

/** The canonical name of a language, or null where it is not known. */
export function canonicalLanguage(text: string): string | null {
  return canonical.get(text.trim().toLowerCase()) ?? null
}
