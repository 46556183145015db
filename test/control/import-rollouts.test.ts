import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLocally } from '../../src/cli/run-locally.ts'
import { type ImportIntake, takeInImports } from '../../src/control/import-rollouts.ts'
import { curate } from '../../src/curation/curate.ts'
import { storedRollouts } from '../../src/export/stored-rollouts.ts'
import { readTrajectories } from '../../src/input/trajectories.ts'
import type { RollOut } from '../../src/node/workers.ts'
import { gradedRollouts, solverTries } from '../../src/store/rollouts.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { miniSweAgentFile, openHandsRow, sweAgentFile } from '../input/foreign-files.ts'
import { accept, gradedAs, resolved, rolloutOnce, someRolloutPlan, unresolved } from '../support/rollout-once.ts'
import { runOnce } from '../support/run-once.ts'
import { anAcceptance, anInstance, someSettings, someSetup } from '../support/run-values.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openswe-import-'))
  store = await openStore(join(folder, 'a.db'), 'write')
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const policy = { maxFaults: 1, waitsMs: [0] }

/** A file of a folder of its own, since SWE-agent's says by its name alone which instance it is of. */
function written(name: string, content: object | string): string {
  const path = join(mkdtempSync(join(folder, 'f-')), name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** As `openswe import` would, with the grading given. */
async function importOnce(files: readonly string[], grade: RollOut = async () => resolved) {
  const runId = crypto.randomUUID()
  const problems: string[] = []
  insertRun(store, { runId, startedAtMs: Date.now(), version: 'test', author: null, settings: someRolloutPlan })
  const intake: ImportIntake = await takeInImports(
    store,
    files.map((name) => ({ name, rows: readTrajectories(name) })),
    { runId, policy, onProblem: (_file, { code }) => problems.push(code) },
  )
  const asked: string[] = []
  await runLocally({
    store,
    runId,
    plan: someRolloutPlan,
    policy,
    slots: 1,
    setup: { ...someSetup, slots: 1 },
    workers: {
      limits: someSettings.limits,
      synthesis: () => Promise.reject(new Error('no environment is made')),
      rollout: (task, ...rest) => {
        asked.push(`${task.instance.instance_id}#${task.number} ${task.resume?.model}`)
        return grade(task, ...rest)
      },
    },
    answer: () => Promise.reject(new Error('no model is asked')),
    onEvent: () => undefined,
    onLost: () => undefined,
    signal: new AbortController().signal,
  })
  return { intake, problems, asked }
}

const mini = (instance_id: string, fields: object = {}) => ({ ...miniSweAgentFile(), instance_id, ...fields })

test('files of each scaffold become rollouts of their own solvers, which are graded and made by nobody', async () => {
  await accept(store, ['a__a-1', 'b__b-2'])
  const files = [
    written('a__a-1.traj', sweAgentFile()),
    written('x.traj.json', mini('a__a-1')),
    written('output.jsonl', `${JSON.stringify({ ...openHandsRow(), instance_id: 'b__b-2' })}\n`),
  ]
  const { intake, asked } = await importOnce(files, async ({ resume }) =>
    resume?.model === 'gpt-9' ? unresolved : resolved,
  )
  expect(intake).toEqual({
    added: 3,
    continued: 0,
    known: 0,
    problems: 0,
    leftOut: 0,
    missing: [],
    solvers: ['imported deep/chat', 'imported gpt-9', 'imported open/model'],
  })
  expect(asked.toSorted()).toEqual(['a__a-1#1 deep/chat', 'a__a-1#1 gpt-9', 'b__b-2#1 open/model'])
  expect(solverTries(store).map((row) => [row.instance_id, row.solver, row.resolved, row.tried])).toEqual([
    ['a__a-1', 'imported deep/chat', 1, 1],
    ['a__a-1', 'imported gpt-9', 0, 1],
    ['b__b-2', 'imported open/model', 1, 1],
  ])
  const [openHands] = gradedRollouts(store, 'b__b-2', 'imported open/model')
  expect(openHands?.rollout).toMatchObject({ scaffold: 'imported', ending: 'imported', number: 1, costUsd: 1.5 })
  expect(openHands?.rollout.model_patch).toBe('diff --git a/x b/x\n')
})

test('curation takes what was imported like any other rollout', async () => {
  await accept(store, ['a__a-1'])
  await importOnce([written('x.traj.json', mini('a__a-1'))])
  const [group] = [...storedRollouts(store)]
  if (group === undefined) throw new Error('nothing is stored')
  const decided = curate(group.instance, group.rollouts, { keep: 'all', effects: {}, similarity: 0.9 })
  expect(decided.map(({ kind }) => kind)).toEqual(['kept'])
})

test('each rollout of a solver is its next free try, and the same file twice imports nothing twice', async () => {
  await accept(store, ['a__a-1'])
  const first = written('x.traj.json', mini('a__a-1'))
  const other = written('x.traj.json', mini('a__a-1', { messages: [{ role: 'assistant', content: 'I give up.' }] }))
  expect((await importOnce([first, other, first])).intake).toMatchObject({ added: 2, known: 1 })
  const again = await importOnce([other, first])
  expect(again.intake).toMatchObject({ added: 0, continued: 0, known: 2 })
  expect(again.asked).toEqual([])
  const tries = gradedRollouts(store, 'a__a-1', 'imported deep/chat')
  expect(tries.map(({ rollout }) => rollout.number)).toEqual([1, 2])
})

test('ids that are not accepted and what cannot be read are told and counted, and the rest is imported', async () => {
  await accept(store, ['a__a-1'])
  const { intake, problems } = await importOnce([
    written('z__z-9.traj', sweAgentFile()),
    written('x.traj.json', mini('z__z-9')),
    written('a__a-1.traj', sweAgentFile([{ role: 'narrator', content: 'Once.' }])),
    written('broken.traj', '{'),
    join(folder, 'absent.traj'),
    written('x.traj.json', mini('a__a-1')),
  ])
  expect(intake).toMatchObject({ added: 1, leftOut: 2, missing: ['z__z-9'], problems: 3 })
  expect(problems).toContain('E_TRAJ_ROLE')
})

test('where grading failed, the same file again grades what is stored', async () => {
  await accept(store, ['a__a-1'])
  const file = written('x.traj.json', mini('a__a-1'))
  await importOnce([file], () => Promise.reject(new Error('the engine is gone')))
  expect(gradedRollouts(store, 'a__a-1', 'imported deep/chat')).toEqual([])
  expect((await importOnce([file])).intake).toMatchObject({ added: 0, continued: 1 })
  expect(gradedRollouts(store, 'a__a-1', 'imported deep/chat')).toHaveLength(1)
})

test('an instance that is validated anew has no graded rollouts until each is graded anew, without a solver', async () => {
  await accept(store, ['a__a-1', 'b__b-2'])
  await rolloutOnce(store, gradedAs({ 'a__a-1': '+', 'b__b-2': '+' }), { tries: 1 })
  const file = written('x.traj.json', mini('a__a-1'))
  await importOnce([file])
  await runOnce(store, [anInstance('a__a-1')], async () => anAcceptance('anew'), { retry: ['accepted'] })
  expect(solverTries(store).map(({ solver, tried, open }) => [solver, tried, open])).toEqual([
    ['bash scripted', 0, 1],
    ['imported deep/chat', 0, 1],
    ['bash scripted', 1, 0],
  ])
  expect([...storedRollouts(store)].map(({ instance }) => instance.instance_id)).toEqual(['b__b-2'])
  const resumed: boolean[] = []
  const { intake } = await rolloutOnce(
    store,
    async ({ resume }) => {
      resumed.push(resume !== null)
      return unresolved
    },
    { tries: 1 },
  )
  expect(intake).toMatchObject({ continued: 1, skipped: { resolved: 1 } })
  expect(resumed).toEqual([true])
  expect((await importOnce([file], async () => unresolved)).intake).toMatchObject({ continued: 1 })
  expect(solverTries(store).map(({ resolved: count, tried }) => [count, tried])).toEqual([
    [0, 1],
    [0, 1],
    [1, 1],
  ])
})
