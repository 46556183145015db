import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectEngine } from '../../src/cli/machine.ts'
import { sweep } from '../../src/docker/prune.ts'
import { currentRollouts } from '../../src/store/attempts.ts'
import { gradedRollouts, solverTries } from '../../src/store/rollouts.ts'
import { openRuns } from '../../src/store/runs.ts'
import { openStore } from '../../src/store/store.ts'
import { type AcceptedDemo, acceptDemo } from '../support/accepted-demo.ts'
import { ensureTestBaseImage } from '../support/base-image.ts'
import { containersOf } from '../support/containers.ts'
import { type MessagesApi, serveMessages } from '../support/messages-api.ts'
import { type CliResult, openswe } from '../support/openswe.ts'
import { takingTurns } from '../support/scripted-solvers.ts'

/** Two instances × four tries, over real HTTP and in real containers, each try by another kind of solver. */

setDefaultTimeout(300_000)

const engine = connectEngine()
const solver = 'bash own'

let cwd: string
let demo: AcceptedDemo
let api: MessagesApi
let made: CliResult

beforeAll(async () => {
  await ensureTestBaseImage(engine)
  cwd = await mkdtemp(join(tmpdir(), 'openswe-test-rollouts-'))
  demo = await acceptDemo(cwd)
  api = await serveMessages(takingTurns(demo.instances, ['solves', 'cheats', 'wanders', 'breaks']))
  await writeFile(join(cwd, 'prices.json'), '{"own": {"input": 3, "output": 15}}')
  made = await rollout('--tries', '4', '--json')
})

afterAll(async () => {
  for (const runId of await runIds()) await sweep(engine, { runId, kinds: ['eval', 'state', 'environment', 'head'] })
  await api[Symbol.asyncDispose]()
  await rm(cwd, { recursive: true })
})

function rollout(...words: string[]): Promise<CliResult> {
  const model = ['--model', 'own', '--base-url', api.url, '--prices', 'prices.json']
  const where = ['--repos', demo.reposTemplate, '--cache', 'cache', '--slots', '1', '--steps', '5']
  return openswe(['rollout', ...model, ...where, ...words], { cwd })
}

async function runIds(): Promise<string[]> {
  using store = await openStore(demo.db, 'read')
  return store.all<{ run_id: string }>('select run_id from runs').map(({ run_id }) => run_id)
}

test('each try is stored with its grade, and only what really solves is resolved', async () => {
  expect(made).toMatchObject({ exitCode: 0, stderr: '' })
  using store = await openStore(demo.db, 'read')
  expect(openRuns(store)).toEqual([])
  for (const { instance_id, patch } of demo.instances) {
    const tries = gradedRollouts(store, instance_id, solver)
    expect(tries.map(({ rollout: { ending }, grade }) => [ending, grade?.outcome])).toMatchObject([
      ['submitted', { kind: 'resolved' }],
      ['submitted', { kind: 'unresolved', reason: 'fail-to-pass-fails' }],
      ['step-limit', { kind: 'unresolved', reason: 'patch-empty' }],
      ['format-errors', { kind: 'unresolved', reason: 'patch-empty' }],
    ])
    const [first, second] = tries
    expect(first?.rollout.model_patch).toBe(patch)
    expect(second?.grade?.takenBack.map(({ reason }) => reason)).toContain('file-of-test-patch')
    expect(second?.rollout.model_patch).toContain('+fixed')
  }
}, 30_000)

test('the ledger has every call, and what the rollouts cost is its sum', async () => {
  using store = await openStore(demo.db, 'read')
  // Per instance: 3 steps that solve, 3 that cheat, 5 that wander, 1 and 3 that break the format.
  const callUsd = (1000 * 3 + 100 * 15) / 1e6
  const standing = solverTries(store)
  expect(standing).toHaveLength(2)
  for (const row of standing) {
    expect(row).toMatchObject({ solver, tried: 4, resolved: 1, open: 0, spared: 0 })
    const costs = gradedRollouts(store, row.instance_id, solver).map(({ rollout: { costUsd } }) => costUsd)
    expect(row.cost_usd).toBeCloseTo(costs.reduce((sum, cost) => sum + cost, 0))
    expect(row.cost_usd).toBeCloseTo(15 * callUsd)
  }
  expect(api.requests).toHaveLength(30)
}, 30_000)

test('with --json every line is an object, from the intake over each try to each instance and the end', () => {
  const events = made.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events[0]).toMatchObject({ event: 'intake', slots: 1, instances: 2, added: 8, solver })
  const settled = events.filter(({ event }) => event === 'settled')
  expect(settled).toHaveLength(8)
  expect(settled[0]).toMatchObject({ number: 1, solver, verdict: { kind: 'resolved' } })
  expect(events.filter(({ event }) => event === 'rollout')).toHaveLength(8)
  expect(events.slice(-3)).toMatchObject([
    { event: 'instance', instance_id: 'openswe-demo__sumcsv-4', resolved: 1, tried: 4 },
    { event: 'instance', instance_id: 'openswe-demo__textwidth-1', resolved: 1, tried: 4 },
    { event: 'end', ending: { kind: 'finished' }, kind: 'rollout', total: 8, resolved: 2, unresolved: 6 },
  ])
})

test('the same command again asks nothing and makes nothing, and says how every instance stands', async () => {
  const { exitCode, stdout } = await rollout('--keep', '1-2/4')
  expect(exitCode).toBe(0)
  expect(stdout.split('\n')).toMatchObject([
    '0 rollouts to make at 2 instances by bash own; not done again: 2 resolved, 6 unresolved (see --retry); 1 at a time',
    '',
    'instance                   resolved  95 % interval  not graded  cost',
    expect.stringMatching(/^openswe-demo__sumcsv-4 {5}1\/4 {7}5–70 % {21}\$/),
    expect.stringMatching(/^openswe-demo__textwidth-1 {2}1\/4 {7}5–70 % {21}\$/),
    '',
    'count  outcome     reason              cost',
    '    4  unresolved  patch-empty         $0.00',
    '    2  resolved                        $0.00',
    '    2  unresolved  fail-to-pass-fails  $0.00',
    expect.stringMatching(/^8 rollouts: 2 resolved \(25 %\), in .*, for \$0\.00$/),
    '',
  ])
  expect(api.requests).toHaveLength(30)
}, 30_000)

test('a rollout that was left ungraded is graded by the next run, which asks nobody', async () => {
  const [instance_id = ''] = demo.instances.map((instance) => instance.instance_id)
  {
    using store = await openStore(demo.db, 'write')
    const [first] = currentRollouts(store, instance_id, solver)
    store.run("update attempts set state = 'queued', outcome = null where attempt_id = ?", first?.attempt_id)
    store.run('update rollouts set grade = null, runs = null where attempt_id = ?', first?.attempt_id)
  }
  const { exitCode, stdout } = await rollout('--only', instance_id)
  expect(exitCode).toBe(0)
  expect(stdout).toContain('1 rollout to make at 1 instance by bash own (1 left over from an earlier run); ')
  expect(stdout).toMatch(new RegExp(`^resolved ${instance_id}#1 \\(4/4\\) submitted after 3 steps, \\$0\\.013$`, 'm'))
  expect(api.requests).toHaveLength(30)
}, 60_000)

test('no container is left of it', async () => {
  const left = await Promise.all((await runIds()).map((runId) => containersOf(engine, runId)))
  expect(left.flat()).toEqual([])
})
