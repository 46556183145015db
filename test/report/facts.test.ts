import { expect, test } from 'bun:test'
import { difficulties } from '../../src/report/difficulty.ts'
import { funnelOf } from '../../src/report/funnel.ts'
import { reasonsOf } from '../../src/report/reasons.ts'
import { timelineOf } from '../../src/report/timeline.ts'
import { acceptedShare, yieldBy } from '../../src/report/yield.ts'
import type { InstanceRow, ReportRows, ReportRun } from '../../src/store/report-rows.ts'
import type { SolverTries } from '../../src/store/rollouts.ts'

function anInstanceRow(instance_id: string, fields: Partial<InstanceRow> = {}): InstanceRow {
  return {
    instance_id,
    repo: 'o/a',
    author: 'rules',
    state: 'settled',
    outcome: 'accepted',
    reason: null,
    explanation: null,
    settled_at_ms: 0,
    iterations: 1,
    endings: ['accepted'],
    duration_ms: 1000,
    cost_usd: 0,
    ...fields,
  }
}

const rejected = { outcome: 'rejected', reason: 'build-failed', endings: ['build-failed'] } as const
const queued = { state: 'queued', outcome: null, settled_at_ms: null, endings: [], iterations: 0 } as const

function someTries(instance_id: string, resolved: number, tried: number): SolverTries {
  return { instance_id, solver: 'bash m', tried, resolved, open: 0, spared: 0, cost_usd: 0 }
}

test('the funnel counts an instance at each step it reached, and one that waits only at the first', () => {
  const instances = [
    anInstanceRow('a'),
    anInstanceRow('b'),
    anInstanceRow('c', { ...rejected, endings: ['build-failed', 'evaluated'] }),
    anInstanceRow('d', rejected),
    anInstanceRow('e', { ...rejected, endings: ['no-answer'] }),
    anInstanceRow('f', { state: 'faulted', outcome: null, endings: [] }),
    anInstanceRow('g', queued),
  ]
  const counts = (tries: SolverTries[]) => funnelOf(instances, tries).map((step) => step.instances)
  expect(counts([])).toEqual([7, 6, 4, 3, 2])
  expect(counts([someTries('a', 0, 4), someTries('b', 1, 4), someTries('d', 4, 4)])).toEqual([7, 6, 4, 3, 2, 2, 1])
})

test('a yield is of those with a verdict, with the cost of all of them for each accepted one', () => {
  const rows = [
    anInstanceRow('a', { cost_usd: 1 }),
    anInstanceRow('b', { ...rejected, cost_usd: 2 }),
    anInstanceRow('c', { ...queued, repo: 'o/b' }),
  ]
  const [first, second] = yieldBy(rows, ({ repo }) => repo)
  expect(first).toMatchObject({ name: 'o/a', instances: 2, accepted: 1, rejected: 1, costPerAcceptedUsd: 3 })
  expect(second).toMatchObject({ name: 'o/b', instances: 1, open: 1, costPerAcceptedUsd: null })
  expect([first, second].map((row) => row && acceptedShare(row))).toEqual([0.5, null])
})

test('reasons are counted by name, faults apart from verdicts, with some examples of each', () => {
  const ids = ['a', 'b', 'c', 'd']
  const rows = [
    ...ids.map((id) => anInstanceRow(id, { ...rejected, explanation: `of ${id}` })),
    anInstanceRow('e', { outcome: 'unsolvable' }),
    anInstanceRow('f', { state: 'faulted', outcome: null, reason: 'disk-full' }),
    anInstanceRow('g'),
    anInstanceRow('h', queued),
  ]
  const counted = reasonsOf(rows)
  expect(counted.map(({ outcome, reason, instances }) => [outcome, reason, instances])).toEqual([
    ['rejected', 'build-failed', 4],
    ['faulted', 'disk-full', 1],
    ['unsolvable', 'unsolvable', 1],
  ])
  expect(counted[0]?.examples.map(({ explanation }) => explanation)).toEqual(['of a', 'of b', 'of c'])
})

test('an instance is as hard as the share of its tries that resolved it, and one without a graded try is not counted', () => {
  const tries = [
    someTries('a', 0, 4),
    someTries('b', 1, 4),
    someTries('c', 1, 3),
    someTries('d', 3, 4),
    someTries('e', 7, 8),
    someTries('f', 2, 2),
    someTries('g', 0, 0),
  ]
  expect(difficulties(tries)).toMatchObject([{ solver: 'bash m', instances: 6, tried: 25, resolved: 14 }])
  expect(difficulties(tries)[0]?.bins.map(({ instances }) => instances)).toEqual([1, 1, 1, 1, 1, 1])
})

function aRun(fields: Partial<ReportRun>): ReportRun {
  return {
    run_id: 'r',
    state: 'ended',
    started_at_ms: 0,
    ended_at_ms: 0,
    author: 'rules',
    hosts: null,
    spent_usd: 0,
    version: '0.1.0',
    last_ms: 0,
    attempts: 0,
    ...fields,
  }
}

function timeline(rows: Partial<ReportRows>) {
  return timelineOf({ runs: [], instances: [], stages: [], work: [], minutes: [], roles: [], tries: [], ...rows })
}

test('time in which no run was going is left out, and a killed run lasted up to its last sign', () => {
  const runs = [
    aRun({ ended_at_ms: 1000, last_ms: 900 }),
    aRun({ started_at_ms: 50_000, state: 'killed', ended_at_ms: 90_000, last_ms: 53_000 }),
  ]
  const at = (settled_at_ms: number) => anInstanceRow('a', { settled_at_ms })
  const { spanMs, decided, accepted } = timeline({
    runs,
    instances: [at(1000), at(51_000), { ...at(53_000), ...rejected }],
  })
  expect(spanMs).toBe(4000)
  expect([decided.at(0), decided[29], decided[30], decided[60], decided.at(-1)]).toEqual([0, 0, 1, 2, 3])
  expect(accepted.at(-1)).toBe(2)
})

test('what a node worked on is averaged over each bin, and what goes on lasts to the end', () => {
  const { nodes } = timeline({
    runs: [aRun({ ended_at_ms: 120_000 })],
    work: [
      { node: 'n2', from_ms: 500, to_ms: 2000 },
      { node: 'n1', from_ms: 0, to_ms: null },
      { node: null, from_ms: 118_000, to_ms: 120_000 },
      { node: 'n2', from_ms: 1000, to_ms: 2000 },
    ],
  })
  expect(nodes.map(({ node }) => node)).toEqual(['n1', 'n2', null])
  expect(nodes.map(({ attempts }) => attempts.reduce((sum, value) => sum + value, 0))).toEqual([120, 2.5, 2])
  expect(nodes[1]?.attempts.slice(0, 3)).toEqual([0.5, 2, 0])
})

test('dollars add up, and a database without a run has no time', () => {
  const minutes = [
    { minute_ms: 0, cost_usd: 1 },
    { minute_ms: 60_000, cost_usd: 2 },
  ]
  const { costUsd } = timeline({ runs: [aRun({ ended_at_ms: 120_000 })], minutes })
  expect([costUsd.at(0), costUsd[59], costUsd[60], costUsd.at(-1)]).toEqual([1, 1, 3, 3])
  expect(timeline({}).spanMs).toBe(0)
})
