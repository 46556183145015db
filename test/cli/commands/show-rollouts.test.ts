import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FaultError } from '../../../src/domain/fault.ts'
import { openStore } from '../../../src/store/store.ts'
import { openswe } from '../../support/openswe.ts'
import { accept, aRollout, resolved, rolloutOnce, unresolved } from '../../support/rollout-once.ts'
import { messagesOf, patchOf, someTools, submit } from '../../support/rollout-values.ts'

let cwd: string
/** By bash: a try that is resolved, one that is not, and one that was never made. By an editor: one that is not graded. */
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'openswe-show-rollouts-'))
  using store = await openStore(join(cwd, 'openswe.db'), 'write')
  await accept(store, ['a__a-1', 'b__b-2'])
  await rolloutOnce(
    store,
    async (task, { emit }) => {
      if (task.number === 3) throw new FaultError('engine-failed', 'no container\nat all')
      emit({ type: 'rollout', rollout: aRollout(task, rolloutFields) })
      return task.number === 1 ? resolved : unresolved
    },
    { tries: 3, only: ['a__a-1'] },
  )
  await rolloutOnce(
    store,
    async (task, { emit }) => {
      if (task.resume === null) emit({ type: 'rollout', rollout: aRollout(task, { scaffold: 'editor' }) })
      throw new FaultError('repository-unreachable', 'no repository')
    },
    { tries: 1, only: ['a__a-1'], solver: 'editor scripted' },
  )
})
afterAll(() => rmSync(cwd, { recursive: true }))

const look = {
  say: 'Look \u001b[31mhere.',
  think: 'Hm.',
  tool: 'bash',
  with: { command: 'ls\npwd' },
  result: 'no',
  isError: true,
}
const rolloutFields = {
  trajectory: { tools: someTools, messages: messagesOf([look, submit]) },
  usage: { input: 100, output: 20, cacheWrite: 3, cacheRead: 1000 },
  costUsd: 0.25,
}

const run = (...words: string[]) => openswe(['show', 'a__a-1', ...words], { cwd })

test('show has a row for each try: whose it is, how it ended, what it came to and why, and what it took', async () => {
  const { stdout, exitCode } = await run()
  expect(exitCode).toBe(0)
  expect(stdout.split('\n\n')[1]).toBe(
    [
      'rollout  solver           ending     outcome     turns  tokens in  out  cost   why',
      '      1  bash scripted    submitted  resolved    2      1103       20   $0.25',
      '      2  bash scripted    submitted  unresolved  2      1103       20   $0.25  fail-to-pass-fails: these do not pass: t',
      '      3  bash scripted               faulted                                   engine-failed: no container',
      '      1  editor scripted  submitted  faulted     2      0          0    $0.00  repository-unreachable: no repository',
      '',
    ].join('\n'),
  )
  expect((await openswe(['show', 'b__b-2'], { cwd })).stdout).not.toContain('rollout')
})

test('as JSON the tries are among the facts of the instance', async () => {
  const { rollouts } = JSON.parse((await run('--json')).stdout)
  expect(rollouts).toHaveLength(4)
  expect(rollouts[1]).toEqual({
    solver: 'bash scripted',
    number: 2,
    state: 'settled',
    outcome: 'unresolved',
    reason: 'fail-to-pass-fails',
    explanation: 'these do not pass: t',
    ending: 'submitted',
    steps: 2,
    input_tokens: 1103,
    output_tokens: 20,
    cost_usd: 0.25,
    duration_ms: 1,
  })
  expect(rollouts[2]).toMatchObject({ state: 'faulted', outcome: null, explanation: 'no container\nat all' })
})

test('a rollout is printed as it was said, and nothing in it steers a terminal', async () => {
  expect((await run('--rollout', '2')).stdout).toBe(
    [
      '===== rollout 2 by bash scripted',
      '--- tools: bash, edit, submit',
      '--- system',
      'You solve issues.',
      '--- user',
      'It breaks.',
      '--- turn 1',
      '--- thinking',
      'Hm.',
      '--- text',
      'Look \\x1b[31mhere.',
      '--- calls bash',
      'command:',
      'ls',
      'pwd',
      '--- tool result, an error',
      'no',
      '--- turn 2',
      '--- calls submit',
      '--- tool result',
      'handed in',
      '===== ended: submitted',
      '',
    ].join('\n'),
  )
})

test('what a solver handed in is printed byte for byte, and as JSON a rollout is whole, with its grade', async () => {
  expect((await run('--rollout', '2', '--patch')).stdout).toBe(patchOf('src/name/core.py'))
  const { solver, rollout, grade } = JSON.parse((await run('--rollout', '2', '--json')).stdout)
  expect({ solver, number: rollout.number, outcome: grade.outcome.kind }).toEqual({
    solver: 'bash scripted',
    number: 2,
    outcome: 'unresolved',
  })
  const editor = JSON.parse((await run('--rollout', '1', '--solver', 'editor scripted', '--json')).stdout)
  expect(editor).toMatchObject({ solver: 'editor scripted', grade: null })
}, 30_000)

const refusals: readonly (readonly [words: readonly string[], message: string])[] = [
  [['--rollout', '1'], "rollout 1 is there of several solvers — add --solver 'bash scripted' or 'editor scripted'"],
  [['--rollout', '9'], 'a__a-1 has no rollout 9 — it has 1, 2, 3 by bash scripted; 1 by editor scripted'],
  [['--rollout', '3'], 'rollout 3 by bash scripted is not made yet — `openswe rollout` makes it'],
  [['--patch'], '--solver and --patch go with --rollout — add --rollout N'],
  [['--rollout', '2', '--log'], 'with --rollout, one of --patch and --json at a time, and nothing else'],
]

test('a rollout that is not there, or not the only one, is said with what there is', async () => {
  const results = await Promise.all(refusals.map(([words]) => run(...words)))
  expect(results).toEqual(refusals.map(([, message]) => ({ exitCode: 2, stdout: '', stderr: `openswe: ${message}\n` })))
}, 30_000)
