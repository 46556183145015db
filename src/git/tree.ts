import { gitOutput } from './git.ts'

export interface TreeEntry {
  readonly path: string
  readonly mode: '100644' | '100755' | '120000'
  readonly oid: string
}

export interface Tree {
  /** Files and links in git's order, each with its size. */
  readonly entries: readonly (TreeEntry & { readonly sizeBytes: number })[]
  /** Paths at which another repository is mounted (gitlinks). */
  readonly submodules: readonly string[]
}

const line = /^(\d{6}) (\S+) (\S+) +(\S+)\t([\s\S]*)$/

/** Every tracked path of a commit or tree. */
export async function readTree(gitDir: string, treeish: string, signal: AbortSignal): Promise<Tree> {
  const output = await gitOutput(['ls-tree', '-r', '-l', '-z', '--full-tree', treeish], { gitDir, signal })
  const entries: (TreeEntry & { readonly sizeBytes: number })[] = []
  const submodules: string[] = []
  for (const text of new TextDecoder().decode(output).split('\0')) {
    const [, mode = '', , oid = '', size = '', path = ''] = line.exec(text) ?? []
    if (mode === '160000') submodules.push(path)
    else if (mode !== '') entries.push({ path, mode: canonicalMode(mode), oid, sizeBytes: Number(size) })
  }
  return { entries, submodules }
}

/** Old repositories hold modes such as 100664, which git checks out as the nearest of its three. */
export function canonicalMode(mode: string): TreeEntry['mode'] {
  if (mode === '120000') return mode
  return (Number.parseInt(mode, 8) & 0o100) === 0 ? '100644' : '100755'
}
