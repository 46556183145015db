import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyEvent } from '../../src/control/apply-event.ts'
import { releaseAbandoned } from '../../src/control/release-abandoned.ts'
import type { RunPlan } from '../../src/control/run-plan.ts'
import { storeLedger } from '../../src/control/store-ledger.ts'
import { type NodeEvent, type NodeReport, protocolVersion } from '../../src/domain/message.ts'
import { getAttempt, insertAttempt, insertRollout } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { getRollout } from '../../src/store/rollouts.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { grantNext } from '../support/grant-next.ts'
import { aRollout, resolved, someRolloutPlan } from '../support/rollout-once.ts'
import { anAcceptance, anInstance, anIteration, aRejection, somePlan, someSettings } from '../support/run-values.ts'

const policy = { maxFaults: 3, waitsMs: [1000] }
const to = { runId: 'r1', node: 'n1', plan: somePlan, policy }

function ledgerOf(store: Store, plan: RunPlan = somePlan) {
  return storeLedger(store, { runId: 'r1', plan, policy })
}

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

test('of a lease that was taken back only finished work counts, and of that the first verdict', () =>
  withStore((store) => {
    grantNext(store, to, 50)
    expect(releaseAbandoned(store, 'r2', policy)).toBe(1)
    expect(grantNext(store, { ...to, node: 'n2' }, 60)).toMatchObject({ attempt: 1, generation: 2 })
    const stale = { attempt: 1, generation: 1 }
    const before = store.all('select * from attempts')
    const [fault, release, foreign, settled, again] = numbered([
      { ...stale, type: 'faulted', fault: { kind: 'disk-full', message: '' } },
      { ...stale, type: 'released' },
      { attempt: 99, generation: 1, type: 'released' },
      { ...stale, type: 'settled', result: anAcceptance('a') },
      { attempt: 1, generation: 2, type: 'settled', result: aRejection() },
    ])
    for (const event of [fault, release, foreign]) {
      expect(event && applyEvent(ledgerOf(store), event, policy)).toBeNull()
    }
    expect(store.all('select * from attempts')).toEqual(before)
    expect(settled && applyEvent(ledgerOf(store), settled, policy)).toMatchObject({ attempt: { state: 'settled' } })
    expect(again && applyEvent(ledgerOf(store), again, policy)).toBeNull()
    expect(store.get('select outcome from attempts where attempt_id = 1')).toEqual({ outcome: 'accepted' })
  }))

test('what a node says of a lease that is another node’s changes nothing', () =>
  withStore((store) => {
    grantNext(store, { ...to, node: 'n2' }, 50)
    const before = store.all('select * from attempts')
    for (const event of numbered([{ attempt: 1, generation: 1, type: 'settled', result: anAcceptance('a') }])) {
      expect(applyEvent(ledgerOf(store), event, policy)).toBeNull()
    }
    expect(store.all('select * from attempts')).toEqual(before)
  }))
