import type { Engine } from '../docker/engine.ts'
import type { ContainerLimits } from '../domain/container-limits.ts'
import type { EvalRun } from '../domain/eval-run.ts'
import { FaultError } from '../domain/fault.ts'
import type { Instance } from '../domain/instance.ts'
import { scanPatch } from '../domain/patch-scan.ts'
import type { ResolvedEnvironment } from '../domain/synthesis-event.ts'
import { type EvalContext, runTests } from '../evaluation/evaluate.ts'
import { makeTestImage, type TestState, tarOfState } from '../evaluation/test-image.ts'
import { ensureCommit, type MirrorOptions } from '../git/mirror.ts'
import { applyPatches, type PatchedTree } from '../git/patched-tree.ts'
import { openSourceTree } from '../git/source-tree.ts'
import type { OnOutput } from '../util/bounded-output.ts'
import type { Semaphore } from '../util/semaphore.ts'
import type { EnvironmentImages } from './environment-images.ts'
import { type BaseTree, gradedTree } from './graded-tree.ts'
import type { PathContext } from './protected-paths.ts'

/** What a machine offers to grading. */
export interface GradeHost {
  readonly engine: Engine
  readonly mirror: MirrorOptions
  readonly images: EnvironmentImages
  readonly limits: ContainerLimits
  /** Holds back containers, and nothing else. */
  readonly slots: Semaphore
  /** All that is made is labelled with it. */
  readonly runId: string
  /** What the tests print, and what is built for them. */
  readonly onOutput?: OnOutput | undefined
}

export type Applied = Extract<PatchedTree, { kind: 'applied' }>

/** An accepted instance as patches are graded by it. */
export interface GradeSubject {
  readonly context: EvalContext
  readonly gitDir: string
  readonly paths: PathContext
  /** `base_commit` with a patch, which may be empty; nothing of the patch is trusted. */
  apply(patch: string): Promise<PatchedTree>
  /** `base_commit` with the test patch alone. */
  tests(): Promise<Applied>
  base(): Promise<BaseTree>
  /** What would be graded of the gold patch. */
  goldState(): Promise<TestState>
  /** Runs the instance's tests on a state, in a fresh container, when there is room for it. */
  run(imageId: string, state: TestState, purpose: 'grade' | 'grade-canary'): Promise<EvalRun>
}

/** The paths that decide whose a change is, from the texts of an instance's patches. */
export function pathContextOf(instance: Instance, environment: ResolvedEnvironment): PathContext {
  return {
    testPatchPaths: pathsIn(instance.test_patch),
    goldPaths: pathsIn(instance.patch),
    argv: environment.testCommand.argv,
  }
}

/** Both names of each file that a patch touches. */
function pathsIn(patch: string): ReadonlySet<string> {
  const paths = scanPatch(patch).flatMap(({ oldPath, newPath }) => [oldPath, newPath])
  return new Set(paths.filter((path) => path !== null))
}

const unchanged: Applied = { kind: 'applied', treeOid: '', changed: [], deleted: [] }

/** Throws FaultError where the repository cannot be had. */
export async function openSubject(
  host: GradeHost,
  instance: Instance,
  environment: ResolvedEnvironment,
  signal: AbortSignal,
): Promise<GradeSubject> {
  const { instance_id, repo, base_commit } = instance
  const mirror = await ensureCommit(host.mirror, repo, base_commit, signal)
  if (mirror.kind !== 'ready') throw new FaultError('repository-unreachable', mirror.explanation)
  const { gitDir } = mirror
  const { engine, runId, limits, onOutput } = host
  const context = { engine, runId, instanceId: instance_id, limits, signal, onOutput }
  const paths = pathContextOf(instance, environment)
  const apply = (patch: string) =>
    patch === '' ? Promise.resolve(unchanged) : applyPatches(gitDir, base_commit, [patch], signal)
  const tests = async () => trusted(await apply(instance.test_patch), instance_id)
  const base = async () => {
    const tree = await openSourceTree(gitDir, base_commit, signal)
    const known = new Set(tree.paths)
    return { paths: tree.paths, has: (path: string) => known.has(path), read: (path: string) => tree.read(path) }
  }
  return {
    context,
    gitDir,
    paths,
    apply,
    tests,
    base,
    goldState: async () => {
      const gold = trusted(await apply(instance.patch), instance_id)
      return (await gradedTree(gold, await tests(), paths, base)).state
    },
    run: async (imageId, state, purpose) => {
      const files = await tarOfState(state)
      return await host.slots.with(async () => {
        const run = { purpose, command: environment.testCommand }
        if (state.deleted.length === 0) return await runTests(context, { ...run, imageId, files })
        await using image = await makeTestImage(context, imageId, state)
        return await runTests(context, { ...run, imageId: image.imageId })
      })
    },
  }
}

/** A patch of the instance itself applies: it did when the environment was accepted. */
function trusted(tree: PatchedTree, instanceId: string): Applied {
  if (tree.kind === 'applied') return tree
  throw new FaultError('internal', `a patch of ${instanceId} itself does not apply any more: ${tree.explanation}`)
}
