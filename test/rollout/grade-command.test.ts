import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { advance, defaultFaultPolicy, freshAttempt } from '../../src/domain/attempt.ts'
import type { Instance } from '../../src/domain/instance.ts'
import type { SynthesisResult } from '../../src/domain/synthesis-event.ts'
import { insertAttempt, saveAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { putEnvironment, putProof } from '../../src/store/results.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { sha256 } from '../../src/util/sha256.ts'
import { fixedModule } from '../support/cheat-project.ts'
import { containersOf } from '../support/containers.ts'
import { type GradeBench, openGradeBench, pytestTruth } from '../support/grade-bench.ts'
import { openswe } from '../support/openswe.ts'
import { anAcceptance, aRejection, someSettings } from '../support/run-values.ts'

let bench: GradeBench
let dir: string
setDefaultTimeout(300_000)

beforeAll(async () => {
  bench = await openGradeBench()
  dir = bench.workDir
  using store = await openStore(join(dir, 'openswe.db'), 'write')
  insertRun(store, { runId: 'run', startedAtMs: 0, version: 'test', author: 'rules', settings: someSettings })
  settle(store, bench.project.instance, acceptance())
  settle(store, { ...bench.project.instance, instance_id: 'acme__tally-2' }, aRejection())
})
afterAll(() => bench[Symbol.asyncDispose]())

/** What validation would have found of the cheat project, with a test that is skipped, and one named with a space. */
function acceptance(imageId = bench.environment.imageId): SynthesisResult {
  const accepted = anAcceptance('x')
  const { naming: _, otherwise: __, ...lists } = pytestTruth
  const passed = [...lists.FAIL_TO_PASS, ...lists.PASS_TO_PASS].map((name) => [name, 'passed'] as const)
  const run = { end: { kind: 'exited', exitCode: 0 }, conditions: [], durationMs: 1, purpose: 'with-fix' } as const
  return {
    ...accepted,
    verdict: { kind: 'accepted', ...lists, flakyTests: [], failedBefore: 'tests-failed' },
    environment: { ...bench.environment, imageId },
    ...(accepted.proof && { proof: { ...accepted.proof, runs: [{ ...run, outcomes: Object.fromEntries(passed) }] } }),
  }
}

function settle(store: Store, instance: Instance, { verdict, environment, proof }: SynthesisResult): void {
  const { instance_id } = instance
  putInstance(store, instance, 'digest')
  const attemptId = insertAttempt(store, { instance_id, row_digest: 'digest', author: 'rules', run_id: 'run' })
  const lease = { node: 'here', generation: 1, grantedAtMs: 0 }
  const leased = advance(freshAttempt, { type: 'leased', lease }, defaultFaultPolicy)
  const settled = { type: 'settled', generation: 1, verdict, atMs: 1 } as const
  saveAttempt(store, attemptId, advance(leased, settled, defaultFaultPolicy))
  if (environment) putEnvironment(store, attemptId, environment)
  if (proof) putProof(store, attemptId, proof)
}

async function grade(...words: string[]) {
  const repos = bench.project.repository.gitDir
  return await openswe(['grade', ...words, '--repos', repos, '--cache', join(dir, 'cache'), '--slots', '2'], {
    cwd: dir,
  })
}

async function json(...path: string[]) {
  return JSON.parse(await readFile(join(dir, ...path), 'utf8'))
}

const place = ['logs', 'run_evaluation', 'openswe']
const id = 'acme__tally-1'

test('the gold patch is resolved, with the files that the harness writes', async () => {
  const { stdout, stderr, exitCode } = await grade('gold')
  expect(stderr).toBe('')
  expect(stdout).toContain(`resolved ${id} (1/1)`)
  expect(exitCode).toBe(0)
  expect(await json('gold.openswe.json')).toEqual({
    total_instances: 1,
    submitted_instances: 1,
    completed_instances: 1,
    resolved_instances: 1,
    unresolved_instances: 0,
    empty_patch_instances: 0,
    error_instances: 0,
    completed_ids: [id],
    incomplete_ids: [],
    empty_patch_ids: [],
    submitted_ids: [id],
    resolved_ids: [id],
    unresolved_ids: [],
    error_ids: [],
    not_graded_ids: [],
    schema_version: 2,
  })
  expect(await json(...place, 'gold', id, 'report.json')).toEqual({
    [id]: {
      patch_is_None: false,
      patch_exists: true,
      patch_successfully_applied: true,
      resolved: true,
      tests_status: {
        FAIL_TO_PASS: { success: pytestTruth.FAIL_TO_PASS, failure: [] },
        PASS_TO_PASS: { success: pytestTruth.PASS_TO_PASS, failure: [] },
        FAIL_TO_FAIL: { success: [], failure: [] },
        PASS_TO_FAIL: { success: [], failure: [] },
      },
    },
  })
  const patch = await readFile(join(dir, ...place, 'gold', id, 'patch.diff'), 'utf8')
  expect(patch).toBe(bench.project.instance.patch)
  expect(await readFile(join(dir, ...place, 'gold', id, 'test_output.txt'), 'utf8')).toContain('3 passed')
})

test('what is graded is not graded again, unless the patch is another', async () => {
  const patch = bench.patchOf({ 'tally/core.py': `${fixedModule}\n\nLIMIT = 1\n` })
  const write = (model_patch: string) =>
    writeFile(join(dir, 'again.jsonl'), JSON.stringify({ instance_id: id, model_name_or_path: 'again', model_patch }))
  await write(patch)
  expect((await grade('again.jsonl')).stdout).not.toContain('graded before')
  expect((await grade('again.jsonl')).stdout).toContain(`resolved ${id} (1/1) graded before`)
  await write(`${patch}\n`)
  expect((await grade('again.jsonl')).stdout).not.toContain('graded before')
})

test('empty patches resolve nothing', async () => {
  const { stdout, exitCode } = await grade('empty')
  expect(stdout).toContain(`unresolved fail-to-pass-fails ${id}`)
  expect(exitCode).toBe(0)
  expect(await json('empty.openswe.json')).toMatchObject({ resolved_ids: [], unresolved_ids: [id] })
})

test('each prediction that is not graded is named and counted', async () => {
  const row = (instance_id: string, model_name_or_path: string, model_patch: string | null) =>
    JSON.stringify({ instance_id, model_name_or_path, model_patch })
  const rows = [
    row(id, 'org/one', bench.project.instance.patch),
    row(id, 'org/one', bench.patchOf({ 'tally/core.py': '' })),
    row('acme__tally-2', 'org/one', 'x'),
    row('acme__tally-9', 'org/one', 'x'),
    '{"instance_id": 5}',
    row(id, 'two', null),
  ]
  await writeFile(join(dir, 'mixed.jsonl'), rows.join('\n'))
  const { stdout, stderr, exitCode } = await grade('mixed.jsonl', '--json')
  expect(exitCode).toBe(0)
  expect(stderr).toBe('')
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.filter(({ event }) => event === 'problem').map(({ line, code }) => [line, code])).toEqual([
    [2, 'E_PREDICTION_DUP'],
    [5, 'E_PREDICTION_FIELD'],
    [5, 'E_PREDICTION_FIELD'],
  ])
  expect(lines.filter(({ standing }) => standing === 'not-graded').map(({ why }) => why)).toEqual([
    'has no accepted environment (tests-pass-without-fix)',
    'is not in the database',
  ])
  expect(lines.filter(({ standing }) => standing === 'empty').map(({ model }) => model)).toEqual(['two'])
  expect(await json('org__one.openswe.json')).toMatchObject({
    submitted_instances: 3,
    unresolved_ids: [id],
    not_graded_ids: ['acme__tally-2', 'acme__tally-9'],
  })
  expect(await json('two.openswe.json')).toMatchObject({ empty_patch_ids: [id], completed_ids: [] })
})

test('official lists are the ground truth where rows are given; what gold does not pass is left out by name', async () => {
  const row = {
    ...bench.project.instance,
    FAIL_TO_PASS: pytestTruth.FAIL_TO_PASS,
    PASS_TO_PASS: JSON.stringify([pytestTruth.PASS_TO_PASS[0], 'tests/test_core.py::test_absent[a']),
  }
  const other = { ...row, instance_id: 'acme__tally-7' }
  await writeFile(join(dir, 'rows.jsonl'), [row, other].map((one) => JSON.stringify(one)).join('\n'))
  const { stdout, stderr, exitCode } = await grade('gold', '--instances', 'rows.jsonl', '--run-id', 'official')
  expect(stderr).toContain('1 of 2 instances have no accepted environment')
  expect(stderr).toContain(`${id}: 1 official tests left out`)
  expect(stdout).toContain(`resolved ${id} (1/1)`)
  expect(exitCode).toBe(0)
  const report = await json('gold.official.json')
  expect(report).toMatchObject({ total_instances: 2, resolved_ids: [id], incomplete_ids: ['acme__tally-7'] })
})

test('an environment that is not on this machine is built again, and believed where gold resolves in it', async () => {
  using store = await openStore(join(dir, 'rebuilt.db'), 'write')
  insertRun(store, { runId: 'run', startedAtMs: 0, version: 'test', author: 'rules', settings: someSettings })
  settle(store, bench.project.instance, acceptance(`sha256:${'0'.repeat(64)}`))
  const { stdout, exitCode } = await grade('gold', '--db', 'rebuilt.db', '--run-id', 'rebuilt')
  expect(stdout).toContain(`resolved ${id} (1/1)`)
  expect(exitCode).toBe(0)
})

test('a fault of the machinery is an error and no wrong answer', async () => {
  using store = await openStore(join(dir, 'faulty.db'), 'write')
  insertRun(store, { runId: 'run', startedAtMs: 0, version: 'test', author: 'rules', settings: someSettings })
  settle(store, { ...bench.project.instance, base_commit: 'f'.repeat(40) }, acceptance())
  const { stdout, exitCode } = await grade('gold', '--db', 'faulty.db', '--run-id', 'faulty', '--tries', '1')
  expect(stdout).toContain(`fault repository-unreachable ${id}`)
  expect(exitCode).toBe(3)
  expect(await json('gold.faulty.json')).toMatchObject({ error_ids: [id], unresolved_ids: [], completed_ids: [] })
})

test('Ctrl-C stops at once, leaves no container, and the same command goes on', async () => {
  const sleeping = bench.patchOf({ 'tally/core.py': 'import time\n\ntime.sleep(600)\n' })
  const row = { instance_id: id, model_name_or_path: 'slow', model_patch: sleeping }
  await writeFile(join(dir, 'slow.jsonl'), JSON.stringify(row))
  const words = [
    'grade',
    'slow.jsonl',
    '--run-id',
    'stopped',
    '--repos',
    bench.project.repository.gitDir,
    '--cache',
    'cache',
  ]
  const child = Bun.spawn([process.execPath, join(import.meta.dir, '../../src/main.ts'), ...words], {
    cwd: dir,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  for await (const _ of child.stdout) child.kill('SIGINT')
  expect(await child.exited).toBe(130)
  expect(await new Response(child.stderr).text()).toContain('stopping: what is graded is kept')
  const runId = `grade-${sha256(join(dir, ...place.slice(0, 2), 'stopped')).slice(0, 16)}`
  expect(await containersOf(bench.host.engine, runId)).toEqual([])
  expect((await grade('slow.jsonl', '--run-id', 'stopped', '--timeout', '2s')).stdout).toContain(
    `unresolved timed-out ${id}`,
  )
})

test('a file without a prediction is an error of usage', async () => {
  await writeFile(join(dir, 'none.jsonl'), '\n')
  const { stderr, exitCode } = await grade('none.jsonl')
  expect(stderr).toContain('error[E_EMPTY]: none.jsonl: holds no prediction')
  expect(exitCode).toBe(2)
})
