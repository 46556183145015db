import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeOwnFolder, sweepOwnFolders } from '../util/own-folder.ts'
import type { ObjectFormat } from './object-id.ts'

/** The configuration of every repository we make: nothing but what git needs to read it. */
function plainConfig(format: ObjectFormat): string {
  const core = (version: number) =>
    `[core]\n\trepositoryformatversion = ${version}\n\tfilemode = true\n\tbare = false\n`
  return format === 'sha1' ? core(0) : `${core(1)}[extensions]\n\tobjectformat = sha256\n`
}

/** Lays out an empty repository at `gitDir`, without the hooks, samples and descriptions that `git init` adds. */
export async function layOutRepository(gitDir: string, head: string, format: ObjectFormat): Promise<void> {
  await mkdir(join(gitDir, 'objects/info'), { recursive: true })
  await mkdir(join(gitDir, 'objects/pack'), { recursive: true })
  await mkdir(join(gitDir, 'refs/heads'), { recursive: true })
  await mkdir(join(gitDir, 'refs/tags'), { recursive: true })
  await writeFile(join(gitDir, 'HEAD'), `${head}\n`)
  await writeFile(join(gitDir, 'config'), plainConfig(format))
}

/** Bytes stay as they are in the objects, whatever the repository's own attributes ask for. */
const exactBytes = '* -text -ident -filter -working-tree-encoding\n'

const repositoryPrefix = 'openswe-git-'
const workTreePrefix = 'openswe-ignored-'

/** An empty folder, apart from any repository, that the caller removes. */
export function makeWorkTree(): Promise<string> {
  return makeOwnFolder(workTreePrefix)
}

/** Removes what killed processes left of either. */
export async function sweepScratches(): Promise<void> {
  await sweepOwnFolders(repositoryPrefix)
  await sweepOwnFolders(workTreePrefix)
}

/**
 * A temporary repository of our own that reads the objects of another one. Git runs here, so that the other one's
 * configuration, attributes, grafts and hooks have no say and nothing is ever written to it.
 */
export class Scratch implements AsyncDisposable {
  readonly gitDir: string

  private constructor(gitDir: string) {
    this.gitDir = gitDir
  }

  static async empty(format: ObjectFormat): Promise<Scratch> {
    const gitDir = await makeOwnFolder(repositoryPrefix)
    await layOutRepository(gitDir, 'ref: refs/heads/none', format)
    await mkdir(join(gitDir, 'info'))
    await writeFile(join(gitDir, 'info/attributes'), exactBytes)
    return new Scratch(gitDir)
  }

  static async over(source: string, format: ObjectFormat): Promise<Scratch> {
    const scratch = await Scratch.empty(format)
    await writeFile(join(scratch.gitDir, 'objects/info/alternates'), `${join(source, 'objects')}\n`)
    const shallow = await readShallow(source)
    if (shallow.length > 0) await writeFile(join(scratch.gitDir, 'shallow'), `${shallow.join('\n')}\n`)
    return scratch
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.gitDir, { recursive: true, force: true })
  }
}

/** The commits whose parents a repository does not have; empty where it is whole. */
export async function readShallow(gitDir: string): Promise<string[]> {
  try {
    return (await readFile(join(gitDir, 'shallow'), 'utf8')).split('\n').filter((line) => line !== '')
  } catch {
    return []
  }
}
