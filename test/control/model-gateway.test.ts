import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelCall } from '../../src/control/control.ts'
import { ModelGateway, settleCutOffCalls } from '../../src/control/model-gateway.ts'
import type { Budget } from '../../src/domain/budget.ts'
import { FaultError } from '../../src/domain/fault.ts'
import { protocolVersion } from '../../src/domain/message.ts'
import type { ModelRequest } from '../../src/domain/model-call.ts'
import type { Synthesize } from '../../src/node/workers.ts'
import { insertAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { spendingOfRun } from '../../src/store/model-calls.ts'
import { insertRun, latestRun } from '../../src/store/runs.ts'
import { callsOfAttempt, readCall } from '../../src/store/sessions.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { grantNext } from '../support/grant-next.ts'
import { inOrder, type MessagesApi, type Script, serveMessages } from '../support/messages-api.ts'
import { cutShort, refuses, silence } from '../support/messages-api-replies.ts'
import { conversation, pricedClient, pricedReply, replyUsd, reservedUsd } from '../support/priced-model.ts'
import { runOnce } from '../support/run-once.ts'
import { anInstance, aRejection, somePlan, someSettings } from '../support/run-values.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openswe-gateway-'))
  store = await openStore(join(folder, 'a.db'), 'write')
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const noBudget: Budget = { runUsd: null, instanceUsd: null }

function gatewayOf(api: MessagesApi, runId: string, options: { budget?: Budget; signal?: AbortSignal } = {}) {
  const { budget = noBudget, signal = new AbortController().signal } = options
  return new ModelGateway({ store, runId, client: pricedClient(api.url), budget, signal, nowMs: Date.now })
}

/** An attempt that is leased, and what its calls look like to control. */
function leased(): (call: string, request: ModelRequest, generation?: number) => ModelCall {
  insertRun(store, { runId: 'r1', startedAtMs: 0, version: 'test', author: 'model', settings: someSettings })
  putInstance(store, anInstance('a__a-1'), 'digest')
  insertAttempt(store, { instance_id: 'a__a-1', row_digest: 'digest', author: 'model', run_id: 'r1' })
  const policy = { maxFaults: 3, waitsMs: [0] }
  const lease = grantNext(store, { runId: 'r1', node: 'n1', plan: somePlan, policy }, 1)
  return (call, request, generation = lease?.generation ?? 0) => ({
    type: 'model-call',
    version: protocolVersion,
    attempt: lease?.attempt ?? 0,
    generation,
    call,
    request,
  })
}

const ledger = () =>
  store.get<{ calls: number; usd: number; open: number }>(
    "select count(*) as calls, sum(cost_usd) as usd, count(iif(state = 'open', 1, null)) as open from model_calls",
  )

/** Asks so often, throwing the fault that it meets: what an author does. */
function asking(times: number): Synthesize {
  return async ({ instance }, _options, { ask }) => {
    for (let turn = 0; turn < times; turn += 1) {
      const answer = await ask(conversation('1/dockerfile', `Begin ${instance.instance_id}, ${turn}.`))
      if (answer.kind === 'faulted') throw new FaultError(answer.fault.kind, answer.fault.message)
    }
    return aRejection()
  }
}

const instances = Array.from({ length: 12 }, (_, index) => anInstance(`a__a-${index}`))

test('eight slots together never hold more than the budget, and stop when the next call may exceed it', async () => {
  const runUsd = 4.5 * reservedUsd
  const held: number[] = []
  const script: Script = () => {
    const { settledUsd, reservedUsd: underWay } = spendingOfRun(store, latestRun(store)?.run_id ?? '')
    held.push(settledUsd + underWay)
    return pricedReply()
  }
  await using api = await serveMessages(script)
  const { runId, ending, snapshot } = await runOnce(store, instances, asking(100), {
    author: 'model',
    slots: 8,
    gatewayOf: (run) => gatewayOf(api, run, { budget: { ...noBudget, runUsd } }),
  })
  expect(Math.max(...held)).toBeLessThanOrEqual(runUsd)
  expect(api.mostInFlight).toBeGreaterThan(1)
  expect(ending).toMatchObject({ kind: 'halted', fault: { kind: 'budget-spent' } })
  expect(snapshot).toMatchObject({ queued: 12, faulted: 0 })
  const { settledUsd, reservedUsd: left } = spendingOfRun(store, runId)
  expect(settledUsd).toBeLessThanOrEqual(runUsd)
  expect(settledUsd).toBeGreaterThan(runUsd - 1.1 * reservedUsd)
  expect({ left, spent: snapshot.spentUsd }).toEqual({ left: 0, spent: settledUsd })
  expect(ledger()).toMatchObject({ calls: api.requests.length, open: 0 })
  expect(ledger()?.usd).toBeCloseTo(settledUsd)
})

test('as many calls are under way as their reservations fit into the budget, and the next one follows an answer', async () => {
  const release = Promise.withResolvers<void>()
  await using api = await serveMessages(() => pricedReply({ after: release.promise }))
  const budget = { ...noBudget, runUsd: 4.5 * reservedUsd }
  const run = runOnce(store, instances.slice(0, 8), asking(1), {
    author: 'model',
    slots: 8,
    gatewayOf: (runId) => gatewayOf(api, runId, { budget }),
  })
  while (api.requests.length < 4) await Bun.sleep(1)
  expect(ledger()).toMatchObject({ calls: 4, open: 4 })
  release.resolve()
  expect((await run).ending).toEqual({ kind: 'finished' })
  expect(api.mostInFlight).toBeLessThanOrEqual(8)
  expect(ledger()).toMatchObject({ calls: 8, open: 0 })
})

test('an instance whose budget is spent is left alone, and the others go on', async () => {
  await using api = await serveMessages(() => pricedReply())
  const budget = { ...noBudget, instanceUsd: reservedUsd + 2.5 * replyUsd }
  const { ending, snapshot } = await runOnce(
    store,
    instances.slice(0, 3),
    (task, ...rest) => asking(task.instance.instance_id === 'a__a-1' ? 9 : 2)(task, ...rest),
    { author: 'model', gatewayOf: (runId) => gatewayOf(api, runId, { budget }) },
  )
  expect(ending).toEqual({ kind: 'finished' })
  expect(snapshot.outcomes).toEqual([
    { outcome: 'rejected', reason: 'tests-pass-without-fix', count: 2 },
    { outcome: 'faulted', reason: 'instance-budget-spent', count: 1 },
  ])
  expect(api.requests).toHaveLength(2 + 3 + 2)
})

test('a key that is refused ends the run at the first call', async () => {
  await using api = await serveMessages(() => refuses(401, 'authentication_error', 'invalid x-api-key'))
  const { ending, snapshot } = await runOnce(store, instances, asking(1), {
    author: 'model',
    slots: 1,
    gatewayOf: (runId) => gatewayOf(api, runId),
  })
  expect(ending).toMatchObject({ kind: 'halted', fault: { kind: 'model-refused' } })
  expect(api.requests).toHaveLength(1)
  expect(snapshot).toMatchObject({ queued: 12, rejected: 0, faulted: 0 })
})

test('the same call is made once, asked at the same time, later, or by a later life of control', async () => {
  await using api = await serveMessages(inOrder([pricedReply()]))
  const call = leased()('c1', conversation('1/dockerfile', 'Begin.'))
  await using gateway = gatewayOf(api, 'r1')
  const [first, second] = await Promise.all([gateway.answer(call), gateway.answer(call)])
  const third = await gateway.answer(call)
  await using later = gatewayOf(api, 'r1')
  const fourth = await later.answer(call)
  expect(first).toMatchObject({ kind: 'answered', content: [{ type: 'text', text: 'Fine.' }], stop: 'end' })
  for (const same of [second, third, fourth]) expect(same).toEqual(first)
  expect(api.requests).toHaveLength(1)
  expect(ledger()).toEqual({ calls: 1, usd: replyUsd, open: 0 })
})

test('what a call came to is given again as it was, a fault too', async () => {
  await using api = await serveMessages(() => refuses(403, 'permission_error', 'no'))
  const call = leased()('c1', conversation('1/dockerfile', 'Begin.'))
  await using gateway = gatewayOf(api, 'r1')
  const first = await gateway.answer(call)
  expect(first).toMatchObject({ kind: 'faulted', fault: { kind: 'model-refused' } })
  expect(await gateway.answer(call)).toEqual(first)
  expect(api.requests).toHaveLength(1)
})

test('a call of a lease that is over is not made', async () => {
  await using api = await serveMessages(() => pricedReply())
  const callOf = leased()
  await using gateway = gatewayOf(api, 'r1')
  const answer = await gateway.answer(callOf('c1', conversation('1/dockerfile', 'Begin.'), 7))
  expect(answer).toMatchObject({ kind: 'faulted', costUsd: 0, fault: { kind: 'interrupted' } })
  expect(api.requests).toEqual([])
  expect(ledger()).toMatchObject({ calls: 0 })
})

test('a stop cuts off what is under way and what waits for the budget, and everything is settled', async () => {
  await using api = await serveMessages(() => cutShort(pricedReply(), 400, 'never'))
  const callOf = leased()
  const stop = new AbortController()
  const budget = { ...noBudget, runUsd: 1.5 * reservedUsd }
  await using gateway = gatewayOf(api, 'r1', { budget, signal: stop.signal })
  const answers = Promise.all(
    ['c1', 'c2', 'c3'].map((name) => gateway.answer(callOf(name, conversation('1/dockerfile', 'Begin.')))),
  )
  while (api.requests.length < 1) await Bun.sleep(1)
  stop.abort()
  for (const answer of await answers) expect(answer).toMatchObject({ kind: 'faulted', fault: { kind: 'interrupted' } })
  expect(api.requests).toHaveLength(1)
  expect(ledger()).toMatchObject({ calls: 1, open: 0 })
})

test('a call keeps what it added to its conversation, and the whole of one that begins anew', async () => {
  await using api = await serveMessages(() => pricedReply())
  const callOf = leased()
  await using gateway = gatewayOf(api, 'r1')
  const requests = [
    conversation('1/dockerfile', 'Begin.'),
    conversation('1/dockerfile', 'Begin.', 'Fine.', 'Go on.'),
    conversation('2/dockerfile', 'Begin.'),
    conversation('1/dockerfile', 'Begin!', 'Fine.', 'Go on.', 'Fine.', 'And on.'),
  ]
  for (const [index, request] of requests.entries()) await gateway.answer(callOf(`c${index}`, request))
  const calls = callsOfAttempt(store, 1)
  expect(calls.map(({ session }) => session)).toEqual(requests.map(({ session }) => session))
  const contents = calls.map(({ call }) => readCall(store, call))
  expect(contents.map(({ isBeginning, messages }) => [isBeginning, messages.length])).toEqual([
    [true, 1],
    [false, 2],
    [true, 1],
    [true, 5],
  ])
  expect(contents[1]).toEqual({
    system: ['You write Dockerfiles.'],
    tools: requests[1]?.tools ?? [],
    isBeginning: false,
    messages: requests[1]?.messages.slice(1) ?? [],
    answer: [{ type: 'text', text: 'Fine.' }],
  })
})

test('a run that was killed left a ledger that adds up once the calls that were cut off count in full', async () => {
  const path = join(folder, 'killed.db')
  const killed = Promise.withResolvers<void>()
  const script: Script = ({ ordinal }) => {
    if (ordinal === 6) killed.resolve()
    return ordinal < 5 ? pricedReply() : silence()
  }
  await using api = await serveMessages(script)
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'asking-run.ts'), path, api.url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await killed.promise
  child.kill('SIGKILL')
  await child.exited
  using after = await openStore(path, 'write')
  const runId = after.get<{ run_id: string }>('select run_id from runs')?.run_id ?? ''
  const before = spendingOfRun(after, runId)
  expect(before.settledUsd).toBeCloseTo(5 * replyUsd)
  expect(before.reservedUsd).toBeCloseTo(2 * reservedUsd, 1)
  const cutOff = settleCutOffCalls(after)
  expect(cutOff).toEqual({ count: 2, costUsd: before.reservedUsd })
  expect(settleCutOffCalls(after)).toEqual({ count: 0, costUsd: 0 })
  const now = spendingOfRun(after, runId)
  expect(now.reservedUsd).toBe(0)
  expect(now.settledUsd).toBeCloseTo(before.settledUsd + before.reservedUsd)
  expect(after.get<{ usd: number }>('select sum(cost_usd) as usd from model_calls')?.usd).toBeCloseTo(now.settledUsd)
  expect(after.all('select ending, count(*) as count from model_calls group by ending order by ending')).toEqual([
    { ending: 'answered', count: 5 },
    { ending: 'unknown', count: 2 },
  ])
})
