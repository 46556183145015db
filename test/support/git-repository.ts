import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a commit does to one path; null deletes it. */
export type FileChange =
  | string
  | Uint8Array
  | { readonly executable: string }
  | { readonly linkTo: string }
  | { readonly submodule: string }
  | null

export interface CommitOptions {
  /** `main` by default. */
  readonly branch?: string
  /** The branch's tip by default; the first is continued, the others are merged. */
  readonly parents?: readonly string[]
  readonly message?: string
}

const person = 'Test Author <test@openswe.invalid>'
const firstCommitAt = Date.UTC(2021, 0, 1) / 1000

/** A bare repository in a temporary folder. The same calls give the same ids on every machine. */
export class TestRepository implements AsyncDisposable {
  readonly gitDir: string
  readonly #tips = new Map<string, string>()
  #commits = 0

  private constructor(gitDir: string) {
    this.gitDir = gitDir
  }

  static async create(): Promise<TestRepository> {
    const repository = new TestRepository(join(await mkdtemp(join(tmpdir(), 'openswe-test-git-')), 'repo.git'))
    run(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', repository.gitDir])
    return repository
  }

  /** Commits changes, one minute after the commit before, and gives its id. */
  commit(files: Readonly<Record<string, FileChange>>, options: CommitOptions = {}): string {
    const branch = options.branch ?? 'main'
    const tip = this.#tips.get(branch)
    const [first, ...merged] = options.parents ?? (tip === undefined ? [] : [tip])
    const when = `${person} ${firstCommitAt + 60 * this.#commits++} +0000`
    this.#import([
      `commit refs/heads/${branch}\nauthor ${when}\ncommitter ${when}\n`,
      data(options.message ?? `Commit ${this.#commits}\n`),
      first === undefined ? '' : `from ${first}\n`,
      ...merged.map((id) => `merge ${id}\n`),
      ...Object.entries(files).flatMap(([path, change]) => changePart(path, change)),
      '\n',
    ])
    const id = this.git(['rev-parse', `refs/heads/${branch}`]).trim()
    this.#tips.set(branch, id)
    return id
  }

  tag(name: string, commit: string, message?: string): void {
    if (message === undefined) this.git(['update-ref', `refs/tags/${name}`, commit])
    else this.#import([`tag ${name}\nfrom ${commit}\ntagger ${person} ${firstCommitAt} +0000\n`, data(message)])
  }

  /** The patch between two commits as GitHub gives it. */
  diff(from: string, to: string): string {
    return this.git(['diff-tree', '-p', '--binary', '--find-renames', '--full-index', from, to])
  }

  git(args: readonly string[], stdin?: Uint8Array): string {
    return run([`--git-dir=${this.gitDir}`, ...args], stdin)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(join(this.gitDir, '..'), { recursive: true, force: true })
  }

  #import(parts: readonly (string | Uint8Array)[]): void {
    this.git(['fast-import', '--quiet', '--force'], Buffer.concat(parts.map((part) => Buffer.from(part))))
  }
}

/** Runs git without anybody's configuration; throws with its words where it fails. */
export function run(args: readonly string[], stdin?: Uint8Array): string {
  const result = Bun.spawnSync(['git', ...args], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
    ...(stdin === undefined ? {} : { stdin }),
  })
  if (result.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`)
  return result.stdout.toString()
}

function changePart(path: string, change: FileChange): (string | Uint8Array)[] {
  if (change === null) return [`D ${path}\n`]
  if (typeof change === 'string' || change instanceof Uint8Array) return [`M 100644 inline ${path}\n`, data(change)]
  if ('executable' in change) return [`M 100755 inline ${path}\n`, data(change.executable)]
  if ('linkTo' in change) return [`M 120000 inline ${path}\n`, data(change.linkTo)]
  return [`M 160000 ${change.submodule} ${path}\n`]
}

function data(content: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(content)
  return Buffer.concat([Buffer.from(`data ${bytes.byteLength}\n`), bytes, Buffer.from('\n')])
}
