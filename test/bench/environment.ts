import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRulesAuthor } from '../../src/authors/rules/rules-author.ts'
import { Engine } from '../../src/docker/engine.ts'
import { sweep } from '../../src/docker/prune.ts'
import { defaultLimits, defaultSlots } from '../../src/domain/capacity.ts'
import type { TestCommand } from '../../src/domain/environment.ts'
import { buildEnvironment, type EnvironmentBuild } from '../../src/evaluation/environment-image.ts'
import type { EvalContext } from '../../src/evaluation/evaluate.ts'
import { makeCheckout } from '../../src/git/checkout.ts'
import { openSourceTree } from '../../src/git/source-tree.ts'
import { answerOf } from '../support/answer.ts'
import { ensureTestBaseImage } from '../support/base-image.ts'
import { TestRepository } from '../support/git-repository.ts'

/** A small project's environment, written by the rules author and built. Disposing of it removes all that was made. */
export interface BuiltEnvironment extends AsyncDisposable {
  readonly context: EvalContext
  readonly build: EnvironmentBuild
  readonly command: TestCommand
  readonly base: string
  /** Builds the environment of another Dockerfile of the project, and throws where that fails. */
  rebuild(dockerfile: string): Promise<{ readonly imageId: string; readonly isReused: boolean }>
}

/** Text that says why where the build failed, for instance for want of a package index. */
export async function buildSmallEnvironment(signal: AbortSignal): Promise<BuiltEnvironment | string> {
  await using undo = new AsyncDisposableStack()
  const engine = Engine.connect()
  const facts = await engine.facts(signal)
  const base = await ensureTestBaseImage(engine)
  const runId = `bench-${process.pid}`
  const limits = defaultLimits(facts, defaultSlots(facts))
  const context = { engine, runId, instanceId: 'openswe__bench-1', limits, signal }
  undo.defer(async () => void (await sweep(engine, { runId, kinds: ['eval', 'state', 'environment', 'head'] })))
  const dir = await mkdtemp(join(tmpdir(), 'openswe-bench-'))
  undo.defer(() => rm(dir, { recursive: true }))
  const { checkoutDir, commit, dockerfile, command } = await writeEnvironment(dir, base, signal)
  const build = { dockerfile, checkoutDir, checkoutDigest: commit, timeoutMs: 10 * 60_000 }
  const rebuild = async (changed: string) => {
    const outcome = await buildEnvironment(context, { ...build, dockerfile: changed })
    if (outcome.kind !== 'built') throw new Error(`the build ended as ${outcome.kind}: ${outcome.log}`)
    return outcome
  }
  const first = await buildEnvironment(context, build)
  if (first.kind !== 'built') return `the build ended as ${first.kind}: ${lastLine(first.log)}`
  const done = undo.move()
  return { context, build, command, base, rebuild, [Symbol.asyncDispose]: () => done.disposeAsync() }
}

async function writeEnvironment(dir: string, base: string, signal: AbortSignal) {
  await using repository = await TestRepository.create()
  const commit = repository.commit(projectFiles())
  const checkout = await makeCheckout(repository.gitDir, commit, join(dir, 'repo'), { depth: 1, signal })
  if (checkout.kind !== 'ready') throw new Error(checkout.explanation)
  const author = createRulesAuthor()
  const brief = {
    instance: {
      instance_id: 'openswe__bench-1',
      repo: 'openswe/bench',
      base_commit: commit,
      test_patch: '',
      problem_statement: '',
      created_at: '2024-06-01T00:00:00Z',
    },
    addedModules: [],
    tree: await openSourceTree(repository.gitDir, commit, signal),
    testFiles: ['tests/test_part.py'],
    pythonVersions: [base.replace('openswe-python-', '')],
    references: [],
    checks: { dockerfile: () => [], testCommand: () => [], shellCommand: () => [] },
    ask: () => Promise.reject(new Error('rules ask no model')),
    openShell: null,
    signal,
  }
  const report = answerOf(await author.explore(brief, null, []))
  const turn = { report, iterations: [], guidance: [] }
  const dockerfile = answerOf(await author.writeDockerfile(brief, turn))
  const command = answerOf(await author.writeTestCommand(brief, { ...turn, dockerfile }))
  return { checkoutDir: checkout.dir, commit, dockerfile, command }
}

/** An installable package of 300 modules with one test and three usual dependencies. */
function projectFiles(): Record<string, string> {
  const modules = Array.from({ length: 300 }, (_, index) => [
    `bench_project/part_${index}.py`,
    `def value():\n    return ${index}\n${`# ${'-'.repeat(70)}\n`.repeat(40)}`,
  ])
  return {
    'pyproject.toml':
      '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n' +
      '[project]\nname = "bench-project"\nversion = "1.0"\ndependencies = ["requests", "jinja2", "attrs"]\n\n' +
      '[tool.setuptools]\npackages = ["bench_project"]\n',
    'bench_project/__init__.py': '',
    'tests/test_part.py': 'from bench_project.part_7 import value\n\n\ndef test_value():\n    assert value() == 7\n',
    ...Object.fromEntries(modules),
  }
}

function lastLine(log: string): string {
  return log.trim().split('\n').at(-1) ?? ''
}
