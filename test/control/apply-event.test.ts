import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyEvent } from '../../src/control/apply-event.ts'
import { releaseAbandoned } from '../../src/control/release-abandoned.ts'
import { storeLedger } from '../../src/control/store-ledger.ts'
import { type NodeEvent, type NodeReport, protocolVersion } from '../../src/domain/message.ts'
import { getAttempt, insertAttempt, insertRollout } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { getIterations } from '../../src/store/iterations.ts'
import { getRollout } from '../../src/store/rollouts.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { grantNext } from '../support/grant-next.ts'
import { aRollout, resolved, someRolloutPlan } from '../support/rollout-once.ts'
import { anAcceptance, anInstance, anIteration, aRejection, somePlan, someSettings } from '../support/run-values.ts'

const policy = { maxFaults: 3, waitsMs: [1000] }
const to = { runId: 'r1', node: 'n1', plan: somePlan, policy }

const ledgerOf = (store: Store) => storeLedger(store, { runId: 'r1', plan: somePlan, policy })

async function withStore(work: (store: Store) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'openswe-apply-'))
  try {
    using store = await openStore(join(folder, 'a.db'), 'write')
    insertRun(store, { runId: 'r1', startedAtMs: 0, version: 'test', author: 'rules', settings: someSettings })
    for (const id of ['a__a-1', 'b__b-2']) {
      putInstance(store, anInstance(id), 'digest')
      insertAttempt(store, { instance_id: id, row_digest: 'digest', author: 'rules', run_id: 'r1' })
    }
    work(store)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function contentOf(store: Store): unknown {
  const tables = [
    'attempts',
    'iterations',
    'eval_runs',
    'environments',
    'proofs',
    'rollouts',
    'costs',
    'artefacts',
    'streams',
  ]
  return tables.map((table) => store.all(`select * from ${table} order by 1, 2`))
}

function numbered(reports: readonly NodeReport[]): NodeEvent[] {
  return reports.map((report, index) => ({
    ...report,
    version: protocolVersion,
    node: 'n1',
    boot: 'b1',
    sequence: index + 1,
    atMs: 100,
  }))
}

test('each event applied again, alone or with all before it, changes nothing', () =>
  withStore((store) => {
    const order = grantNext(store, to, 50)
    expect(order).toMatchObject({ attempt: 1, generation: 1, task: { instance: anInstance('a__a-1'), resume: [] } })
    const held = { attempt: 1, generation: 1 }
    const events = numbered([
      { ...held, type: 'stage', stage: 'build', iteration: 1, state: 'started' },
      { ...held, type: 'stage', stage: 'build', iteration: 1, state: 'finished', durationMs: 7 },
      { ...held, type: 'iteration', record: anIteration(1) },
      { ...held, type: 'settled', result: anAcceptance('a') },
    ])
    for (const [index, event] of events.entries()) {
      applyEvent(ledgerOf(store), event, policy)
      const once = contentOf(store)
      for (const earlier of events.slice(0, index + 1)) expect(applyEvent(ledgerOf(store), earlier, policy)).toBeNull()
      expect(contentOf(store)).toEqual(once)
    }
    expect(store.get('select outcome, generation from attempts where attempt_id = 1')).toEqual({
      outcome: 'accepted',
      generation: 1,
    })
  }))

test('each event of a rollout applied again changes nothing, and one of the other kind moves it nowhere', () =>
  withStore((store) => {
    const held = { attempt: 1, generation: 1 }
    grantNext(store, to, 50)
    for (const event of numbered([{ ...held, type: 'settled', result: anAcceptance('a') }])) {
      applyEvent(ledgerOf(store), event, policy)
    }
    insertRun(store, { runId: 'r2', startedAtMs: 0, version: 'test', author: null, settings: someRolloutPlan })
    const solver = 'bash scripted'
    insertRollout(store, { instance_id: 'a__a-1', row_digest: 'digest', run_id: 'r2', solver, number: 1 })
    const order = grantNext(store, { ...to, runId: 'r2', plan: someRolloutPlan }, 60)
    expect(order?.task).toMatchObject({
      kind: 'rollout',
      number: 1,
      resume: null,
      environment: anAcceptance('a').environment,
    })
    const own = { attempt: order?.attempt ?? 0, generation: 1 }
    const leftOut = ['"a\\nb" is a socket']
    const rollout = aRollout({ instance: anInstance('a__a-1'), number: 1 }, { leftOut })
    const events = numbered([
      { ...own, type: 'stage', stage: 'solve', iteration: 7, state: 'started' },
      { ...own, type: 'rollout', rollout },
      { ...own, type: 'settled', result: anAcceptance('a') },
      { ...own, type: 'graded', grade: resolved },
    ]).map((event) => ({ ...event, boot: 'b2' }))
    for (const [index, event] of events.entries()) {
      applyEvent(ledgerOf(store), event, policy)
      const once = contentOf(store)
      for (const earlier of events.slice(0, index + 1)) expect(applyEvent(ledgerOf(store), earlier, policy)).toBeNull()
      expect(contentOf(store)).toEqual(once)
      expect(getAttempt(store, own.attempt)?.attempt.state).toBe(index < 3 ? 'running' : 'settled')
    }
    expect(getRollout(store, own.attempt)?.rollout).toEqual(rollout)
  }))

/** The first attempt, whose lease at n1 was taken back and given to n2. */
function regranted(store: Store) {
  grantNext(store, to, 50)
  expect(releaseAbandoned(store, 'a later run', policy)).toBe(1)
  expect(grantNext(store, { ...to, node: 'n2' }, 60)).toMatchObject({ attempt: 1, generation: 2 })
  return { attempt: 1, generation: 1 }
}

test('what a lease that was taken back says of itself changes nothing', () =>
  withStore((store) => {
    const stale = regranted(store)
    const before = store.all('select * from attempts')
    for (const event of numbered([
      { ...stale, type: 'stage', stage: 'build', iteration: 1, state: 'started' },
      { ...stale, type: 'faulted', fault: { kind: 'disk-full', message: '' } },
      { ...stale, type: 'released' },
      { ...stale, generation: 2, type: 'released' },
      { ...stale, generation: 3, type: 'settled', result: anAcceptance('a') },
      { attempt: 99, generation: 1, type: 'released' },
    ])) {
      expect(applyEvent(ledgerOf(store), event, policy)).toBeNull()
    }
    expect(store.all('select * from attempts')).toEqual(before)
  }))

test('work that is done counts from a lease that was taken back too: the first verdict, with the iterations that led to it', () =>
  withStore((store) => {
    const stale = regranted(store)
    const ledger = ledgerOf(store)
    const [one, two, settled] = numbered([
      { ...stale, type: 'iteration', record: anIteration(1) },
      { ...stale, type: 'iteration', record: anIteration(2) },
      { ...stale, type: 'settled', result: anAcceptance('a', 2) },
    ])
    const other = { node: 'n2', boot: 'b9', version: protocolVersion, atMs: 100 } as const
    const held = { attempt: 1, generation: 2 }
    const else1 = { ...anIteration(1), report: 'something else' }
    applyEvent(ledger, { ...other, sequence: 1, ...held, type: 'iteration', record: else1 }, policy)
    for (const event of [one, two, settled]) if (event !== undefined) applyEvent(ledger, event, policy)
    expect(getAttempt(store, 1)?.attempt).toMatchObject({ state: 'settled', verdict: anAcceptance('a').verdict })
    expect(getIterations(store, 1)).toEqual([anIteration(1), anIteration(2)])
    const late = { ...other, sequence: 2, ...held, type: 'settled', result: aRejection() } as const
    expect(applyEvent(ledger, late, policy)).toBeNull()
    expect(getAttempt(store, 1)?.attempt).toMatchObject({ verdict: { kind: 'accepted' } })
  }))

test('a lease goes on after the iterations of the one that came furthest', () =>
  withStore((store) => {
    grantNext(store, to, 50)
    const held = { attempt: 1, generation: 1 }
    const [one, given] = numbered([
      { ...held, type: 'iteration', record: anIteration(1) },
      { ...held, type: 'released' },
    ])
    for (const event of [one, given]) if (event !== undefined) applyEvent(ledgerOf(store), event, policy)
    const next = grantNext(store, to, 60)
    expect(next).toMatchObject({ generation: 2, task: { resume: [anIteration(1)] } })
    const second = { ...held, generation: 2, type: 'iteration', record: anIteration(2) } as const
    for (const event of numbered([second])) applyEvent(ledgerOf(store), { ...event, boot: 'b2' }, policy)
    expect(getIterations(store, 1)).toEqual([anIteration(1), anIteration(2)])
  }))

test('a grade counts only for the rollout that its own lease left or took over', () =>
  withStore((store) => {
    const held = { attempt: 1, generation: 1 }
    grantNext(store, to, 50)
    for (const event of numbered([{ ...held, type: 'settled', result: anAcceptance('a') }])) {
      applyEvent(ledgerOf(store), event, policy)
    }
    insertRun(store, { runId: 'r2', startedAtMs: 0, version: 'test', author: null, settings: someRolloutPlan })
    insertRollout(store, { instance_id: 'a__a-1', row_digest: 'digest', run_id: 'r2', solver: 's', number: 1 })
    const attempt = grantNext(store, { ...to, runId: 'r2', plan: someRolloutPlan }, 60)?.attempt ?? 0
    releaseAbandoned(store, 'r9', policy)
    grantNext(store, { ...to, runId: 'r2', plan: someRolloutPlan, node: 'n2' }, 70)
    const rollout = aRollout({ instance: anInstance('a__a-1'), number: 1 })
    const at = (node: string, generation: number, sequence: number) =>
      ({ version: protocolVersion, node, boot: `${node} b`, sequence, atMs: 100, attempt, generation }) as const
    const ledger = ledgerOf(store)
    applyEvent(ledger, { ...at('n2', 2, 1), type: 'rollout', rollout }, policy)
    expect(applyEvent(ledger, { ...at('n1', 1, 1), type: 'graded', grade: resolved }, policy)).toBeNull()
    expect(applyEvent(ledger, { ...at('n2', 2, 2), type: 'graded', grade: resolved }, policy)).not.toBeNull()
  }))

test('what met a fault is not leased before its time', () =>
  withStore((store) => {
    grantNext(store, to, 50)
    const fault = { kind: 'engine-failed', message: 'boom' } as const
    for (const event of numbered([{ type: 'faulted', attempt: 1, generation: 1, fault }])) {
      applyEvent(ledgerOf(store), event, policy)
    }
    expect(grantNext(store, to, 1099)).toMatchObject({ attempt: 2, generation: 1 })
    expect(grantNext(store, to, 1099)).toBeNull()
    expect(grantNext(store, to, 1100)).toMatchObject({ attempt: 1, generation: 2 })
  }))
