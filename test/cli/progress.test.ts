import { expect, test } from 'bun:test'
import { liveLine } from '../../src/cli/progress.ts'
import type { Snapshot } from '../../src/control/snapshot.ts'

const now: Snapshot = {
  run_id: 'r',
  kind: 'synthesis',
  total: 48,
  queued: 29,
  running: 2,
  accepted: 9,
  rejected: 8,
  unsolvable: 0,
  resolved: 0,
  unresolved: 0,
  faulted: 0,
  spared: 0,
  outcomes: [],
  active: [
    {
      instance_id: 'a__a-\u001b1',
      number: 0,
      node: 'n',
      stage: 'build',
      iteration: 2,
      ageMs: 60_000,
      stageAgeMs: 12_000,
    },
    { instance_id: 'b__b-2', number: 0, node: 'n', stage: 'fetch', iteration: 0, ageMs: 1_000, stageAgeMs: 1_000 },
  ],
  elapsedMs: 1_800_000,
  settledInRun: 17,
  remainingMs: 3_282_353,
  remainingErrorMs: 1_300_000,
  spentUsd: null,
  forecastUsd: null,
  nodes: [],
}

test('the live line says how far, with what outcome, what is slowest, how fast and how long still', () => {
  expect(liveLine(now, 200)).toBe(
    '17/48 · 9 accepted · 8 rejected · 2 running: a__a-\\x1b1 build 12s · 34/h · 54m42s left',
  )
})

test('where a model is asked, the live line says what it cost so far', () => {
  expect(liveLine({ ...now, spentUsd: 1.234 }, 200)).toStartWith('17/48 · 9 accepted · 8 rejected · $1.23 · 2 running')
})

test('what is rare is only named where there is some, and before the first verdict no pace is made up', () => {
  const early = { ...now, settledInRun: 0, remainingMs: null, active: [], running: 0, faulted: 3, unsolvable: 1 }
  expect(liveLine(early, 200)).toBe('19/48 · 9 accepted · 8 rejected · 1 unsolvable · 3 faulted · 0 running')
})

test('the live line never wraps', () => {
  expect(liveLine(now, 30)).toBe('17/48 · 9 accepted · 8 rejec…')
  expect(Bun.stringWidth(liveLine(now, 1))).toBeLessThanOrEqual(1)
})

test('of rollouts it says how many are resolved and spared, and in which step the slowest is', () => {
  const rollouts: Snapshot = {
    ...now,
    kind: 'rollout',
    resolved: 5,
    unresolved: 9,
    spared: 3,
    spentUsd: 1.5,
    active: [
      { instance_id: 'a__a-1', number: 2, node: 'n', stage: 'solve', iteration: 17, ageMs: 60_000, stageAgeMs: 4_000 },
    ],
  }
  expect(liveLine(rollouts, 200)).toBe(
    '17/48 · 5 resolved · 9 unresolved · 3 spared · $1.50 · 2 running: a__a-1#2 solve step 17 4.0s · 34/h · 54m42s left',
  )
})
