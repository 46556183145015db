import type { EvalRun } from '../domain/eval-run.ts'
import { type GroundTruth, namesGiven } from '../domain/ground-truth.ts'
import { nameSome } from '../domain/judge.ts'
import { hasFailures, testsThat } from '../domain/test-report.ts'
import type { TestState } from '../evaluation/test-image.ts'
import { withCanaries } from './canary.ts'
import type { BaseTree } from './graded-tree.ts'
import { type TestFunction, testFunctions } from './test-functions.ts'

/** What passing was worth in a run that resolved the instance. */
export type CanaryCheck = { readonly runs: readonly EvalRun[] } & (
  | { readonly kind: 'sound' }
  | { readonly kind: 'forged' | 'unchecked'; readonly explanation: string }
)

export interface CanaryRequest {
  /** The run that is to be checked. */
  readonly graded: EvalRun
  readonly truth: GroundTruth
  /** What that run tested. */
  readonly state: TestState
  /** The same tests with the gold patch in place of the solver's. */
  readonly goldState: () => Promise<TestState>
  readonly base: BaseTree
  /** Runs the tests of a state in a fresh container. */
  readonly run: (state: TestState) => Promise<EvalRun>
  readonly random: () => number
}

/**
 * Runs the tests again with canaries in them: functions that passed now assert what is false. One that is reported as
 * passed still shows that the solver's code answers for the tests, unless it does so under the gold patch as well.
 */
export async function checkByCanaries(request: CanaryRequest): Promise<CanaryCheck> {
  const planted = await plant(request)
  if (!planted.tests.some((name) => isAsked(request.truth, name))) {
    return { kind: 'unchecked', explanation: 'no test of FAIL_TO_PASS can be made to fail', runs: [] }
  }
  const run = await request.run(withFiles(request.state, planted.files))
  const { end, report } = run
  if (end.kind !== 'exited' || report === null) {
    return { kind: 'unchecked', explanation: `with canaries in the tests the run ended by ${end.kind}`, runs: [run] }
  }
  if ((end.exitCode !== 0) !== hasFailures(report)) {
    const explanation = `with canaries in the tests the exit code is ${end.exitCode} whatever the report says`
    return { kind: 'forged', explanation, runs: [run] }
  }
  const passing = passedOf(run, planted.tests)
  if (passing.length === 0) return { kind: 'sound', runs: [run] }
  return await compareWithGold(request, planted, run, passing)
}

interface Planted {
  readonly files: ReadonlyMap<string, string>
  /** Names of the tests that must not pass now. */
  readonly tests: readonly string[]
}

async function plant({ graded, state, base, random }: CanaryRequest): Promise<Planted> {
  const passed = graded.report === null ? [] : testsThat(graded.report, 'passed')
  const paths = [...new Set([...state.changed.map(({ path }) => path), ...base.paths])]
  const functions = testFunctions(passed, paths)
  const files = new Map<string, string>()
  const tests: string[] = []
  for (const [path, own] of Map.groupBy(functions, (test) => test.path)) {
    const source = await sourceOf(path, state, base)
    const changed = withCanaries(source ?? '', new Set(own.map((test) => test.function)), random)
    if (changed.functions.size === 0) continue
    files.set(path, changed.source)
    tests.push(...own.filter((test: TestFunction) => changed.functions.has(test.function)).map(({ name }) => name))
  }
  return { files, tests }
}

function sourceOf(path: string, state: TestState, base: BaseTree): Promise<string | null> {
  const changed = state.changed.find((file) => file.path === path)
  if (changed === undefined) return base.read(path)
  return Promise.resolve(changed.mode === '120000' ? null : new TextDecoder().decode(changed.content))
}

function withFiles(state: TestState, files: ReadonlyMap<string, string>): TestState {
  const modes = new Map(state.changed.map(({ path, mode }) => [path, mode]))
  const canaries = [...files].map(([path, source]) => ({
    path,
    mode: modes.get(path) ?? '100644',
    content: new TextEncoder().encode(source),
  }))
  return { ...state, changed: [...state.changed.filter(({ path }) => !files.has(path)), ...canaries] }
}

function isAsked({ naming, FAIL_TO_PASS }: GroundTruth, name: string): boolean {
  return namesGiven(naming, name).some((given) => FAIL_TO_PASS.includes(given))
}

function passedOf(run: EvalRun, names: readonly string[]): readonly string[] {
  return names.filter((name) => run.report?.outcomes[name] === 'passed')
}

/** Some tests pass whatever happens in them, for instance by a decorator; they do so with the gold patch too. */
async function compareWithGold(
  request: CanaryRequest,
  planted: Planted,
  run: EvalRun,
  passing: readonly string[],
): Promise<CanaryCheck> {
  const underGold = await request.run(withFiles(await request.goldState(), planted.files))
  const runs = [run, underGold]
  if (underGold.report === null) {
    return { kind: 'unchecked', explanation: 'canaries cannot be tried under the gold patch', runs }
  }
  const tame = new Set(passedOf(underGold, planted.tests))
  const forged = passing.filter((name) => !tame.has(name))
  if (forged.length > 0) {
    const explanation = `these are reported as passed although they assert what is false: ${nameSome(forged)}`
    return { kind: 'forged', explanation, runs }
  }
  const isChecked = planted.tests.some((name) => !tame.has(name) && isAsked(request.truth, name))
  return isChecked
    ? { kind: 'sound', runs }
    : { kind: 'unchecked', explanation: 'the tests of FAIL_TO_PASS pass whatever they assert', runs }
}
