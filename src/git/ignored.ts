import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { explain, git, gitOutput } from './git.ts'
import { objectFormatOf } from './object-id.ts'
import { makeWorkTree, Scratch } from './scratch.ts'
import { readTree } from './tree.ts'

/**
 * Those of the paths that the `.gitignore` files of a commit ignore, or further patterns of the same form, were they not
 * tracked. No other configuration has a say.
 */
export async function ignoredPaths(
  gitDir: string,
  commit: string,
  paths: readonly string[],
  options: { readonly patterns: readonly string[]; readonly signal: AbortSignal },
): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set()
  const { signal } = options
  await using scratch = await Scratch.over(gitDir, objectFormatOf(commit))
  await writeFile(join(scratch.gitDir, 'info/exclude'), `${options.patterns.join('\n')}\n`)
  const workTree = await makeWorkTree()
  try {
    const inTree = { gitDir: scratch.gitDir, workTree, signal }
    await checkOutRules(gitDir, commit, { ...inTree, indexFile: join(scratch.gitDir, 'index') })
    const stdin = paths.map((path) => `${path}\0`).join('')
    const args = ['-C', workTree, 'check-ignore', '--no-index', '-z', '--stdin']
    const result = await git(args, { ...inTree, stdin })
    // 1: none of them.
    if (result.exitCode > 1) throw new Error(`git check-ignore: ${explain(result)}`)
    return new Set(new TextDecoder().decode(result.stdout).split('\0').slice(0, -1))
  } finally {
    await rm(workTree, { recursive: true, force: true })
  }
}

async function checkOutRules(
  source: string,
  commit: string,
  options: {
    readonly gitDir: string
    readonly indexFile: string
    readonly workTree: string
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { entries } = await readTree(source, commit, options.signal)
  const rules = entries.filter(({ path, mode }) => /(?:^|\/)\.gitignore$/.test(path) && mode !== '120000')
  if (rules.length === 0) return
  await gitOutput(['read-tree', commit], options)
  const stdin = rules.map(({ path }) => `${path}\0`).join('')
  await gitOutput(['checkout-index', '-z', '--stdin'], { ...options, stdin })
}
