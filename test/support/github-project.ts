import { type FileChange, TestRepository } from './git-repository.ts'
import { type FakeCommit, type FakeIssue, type FakePull, type FakeRepository, gitCommit } from './github-server.ts'

const octets = Uint8Array.from([0x63, 0x61, 0x66, 0xe9, 0x0a])

/** A repository whose pull requests were merged in every way there is. The same calls give the same ids. */
export class GitHubProject implements AsyncDisposable {
  readonly repository: TestRepository
  readonly #pulls: FakePull[] = []
  readonly #issues: FakeIssue[] = []
  #tip: string

  private constructor(repository: TestRepository) {
    this.repository = repository
    this.#tip = repository.commit({ 'calc.py': 'one = 1\n', 'tests/test_calc.py': 'assert True\n' })
  }

  static async create(): Promise<GitHubProject> {
    return new GitHubProject(await TestRepository.create())
  }

  get tip(): string {
    return this.#tip
  }

  fake(name: string, facts: Partial<FakeRepository> = {}): FakeRepository {
    return { name, gitDir: this.repository.gitDir, pulls: this.#pulls, issues: this.#issues, ...facts }
  }

  issue(issue: Partial<FakeIssue> & { readonly number: number }): void {
    this.#issues.push({ title: `Issue ${issue.number}`, body: 'It breaks.', createdAt: daysIn(0), ...issue })
  }

  /** One new commit on the main branch. */
  squash(number: number, files: Readonly<Record<string, FileChange>>, facts: Partial<FakePull> = {}): FakePull {
    const base = this.#tip
    this.#tip = this.repository.commit(files, { message: `Change ${number} (#${number})\n` })
    return this.#pull(number, base, this.#tip, facts)
  }

  /** A merge commit: the branch began one commit earlier than the main branch is. */
  merge(number: number, files: Readonly<Record<string, FileChange>>, facts: Partial<FakePull> = {}): FakePull {
    const branch = `branch-${number}`
    const start = this.repository.git(['rev-parse', `${this.#tip}^`]).trim()
    const head = this.repository.commit(files, { branch, parents: [start], message: `Branch of ${number}\n` })
    const base = this.#tip
    const message = `Merge pull request #${number} from dev/branch\n\nChange ${number}\n`
    this.#tip = this.repository.commit(files, { parents: [base, head], message })
    return this.#pull(number, base, this.#tip, { commits: [gitCommit(this.repository.gitDir, head)], ...facts })
  }

  /** Two commits, written anew on the main branch. */
  rebase(
    number: number,
    first: Readonly<Record<string, FileChange>>,
    second: Readonly<Record<string, FileChange>>,
  ): FakePull {
    const base = this.#tip
    const oids = [first, second].map((files, index) =>
      this.repository.commit(files, { message: `Part ${index + 1} of ${number}\n` }),
    )
    this.#tip = oids.at(-1) ?? base
    const commits = oids.map((oid, index) => ({
      ...gitCommit(this.repository.gitDir, oid),
      oid: String(index + 1).repeat(40),
      parents: ['9'.repeat(40)],
    }))
    return this.#pull(number, base, this.#tip, { commits })
  }

  /** The main branch moved on to the branch's own commits. */
  forward(
    number: number,
    first: Readonly<Record<string, FileChange>>,
    second: Readonly<Record<string, FileChange>>,
  ): FakePull {
    const base = this.#tip
    const oids = [first, second].map((files) => this.repository.commit(files))
    this.#tip = oids.at(-1) ?? base
    return this.#pull(number, base, this.#tip, { commits: oids.map((oid) => gitCommit(this.repository.gitDir, oid)) })
  }

  /** What a squash leaves of its branch: two commits that are on no branch any more. */
  branchCommits(number: number, ...messages: readonly string[]): FakeCommit[] {
    return messages.map((message, index) => ({
      oid: String((number + index) % 10).repeat(40),
      message,
      authoredDate: daysIn(number),
      parents: ['8'.repeat(40)],
    }))
  }

  #pull(number: number, base: string, end: string, facts: Partial<FakePull>): FakePull {
    const paths = this.repository.git(['diff-tree', '-r', '-M', '--name-only', base, end]).trim().split('\n')
    const pull: FakePull = {
      number,
      title: `Change ${number}`,
      body: '',
      createdAt: daysIn(number),
      mergedAt: daysIn(number + 1),
      baseOid: base,
      headOid: end,
      changedFiles: paths.length,
      merge: gitCommit(this.repository.gitDir, end),
      commits: this.branchCommits(number, `Work on ${number}`, 'Tidy up'),
      ...facts,
    }
    this.#pulls.push(pull)
    return pull
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.repository[Symbol.asyncDispose]()
  }
}

/** A day counted from the first of 2021. */
export function daysIn(days: number): string {
  return new Date(Date.UTC(2021, 0, 1 + days)).toISOString()
}

/** A text that is not UTF-8. */
export const latin1 = octets
