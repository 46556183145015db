import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { runProcess } from '../util/process.ts'
import { demoInstances } from './catalogue.ts'
import { type DemoFiles, type DemoInstance, instanceIdOf } from './demo-instance.ts'
import { fastImportStream, pullRequestRef } from './history.ts'

export interface WrittenDemo {
  readonly instancesFile: string
  /** For `--repos`. */
  readonly reposTemplate: string
  /** `accepted`, `unsolvable` or `rejected: <reason>` by `instance_id`. */
  readonly expected: Readonly<Record<string, string>>
}

/** Writes the demonstration's repositories and its instance file below `dir`; again over its own output is fine. */
export async function writeDemo(dir: string): Promise<WrittenDemo> {
  const reposDir = resolve(dir, 'repos')
  const rows = await Promise.all(demoInstances.map((instance) => writeRepository(instance, reposDir)))
  const instancesFile = resolve(dir, 'instances.jsonl')
  await writeFile(instancesFile, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return {
    instancesFile,
    reposTemplate: join(reposDir, '{owner}+{name}', 'repo'),
    expected: Object.fromEntries(demoInstances.map((instance) => [instanceIdOf(instance), instance.expected])),
  }
}

/** Makes one bare repository and returns the instance's row, in SWE-bench's fields. */
async function writeRepository(instance: DemoInstance, reposDir: string): Promise<Readonly<Record<string, unknown>>> {
  const gitDir = join(reposDir, instance.repo.replace('/', '+'), 'repo')
  await mkdir(gitDir, { recursive: true })
  await git(gitDir, ['init', '--quiet', '--bare', '--template=', '--object-format=sha1', '--initial-branch=main'])
  await git(gitDir, ['fast-import', '--quiet', '--force', '--done'], fastImportStream(instance))
  const merged = pullRequestRef(instance)
  const [end, base] = (await git(gitDir, ['rev-parse', merged, `${merged}^`])).trim().split('\n')
  const { number, date, source, tests } = instance.pullRequest
  return {
    instance_id: instanceIdOf(instance),
    repo: instance.repo,
    base_commit: base,
    end_commit: end,
    pull_number: number,
    created_at: date,
    version: instance.version,
    language: 'python',
    problem_statement: instance.problem_statement,
    patch: await diff(gitDir, merged, source),
    test_patch: await diff(gitDir, merged, tests),
  }
}

/** What `merged` changed in these files. Uncompressed binary hunks do not depend on the machine's zlib. */
function diff(gitDir: string, merged: string, files: DemoFiles): Promise<string> {
  const options = ['--binary', '--full-index', '--no-color', '--no-ext-diff', '--no-textconv']
  return git(gitDir, ['diff', ...options, `${merged}^`, merged, '--', ...Object.keys(files)])
}

const gitEnvironment = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'core.compression',
  GIT_CONFIG_VALUE_0: '0',
  LC_ALL: 'C',
}

async function git(gitDir: string, args: readonly string[], stdin?: Uint8Array): Promise<string> {
  const argv = [Bun.which('git') ?? 'git', '--git-dir', gitDir, ...args]
  const result = await runProcess(argv, { env: gitEnvironment, ...(stdin === undefined ? {} : { stdin }) })
  if (result.exitCode !== 0) throw new Error(`git ${args[0]} in ${gitDir} ended ${result.exitCode}: ${result.stderr}`)
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(result.stdout)
}
