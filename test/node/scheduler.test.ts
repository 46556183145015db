import { expect, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { FaultError } from '../../src/domain/fault.ts'
import type { NodeEvent, NodeMessage, Order } from '../../src/domain/message.ts'
import { protocolVersion } from '../../src/domain/message.ts'
import { protocolTimes } from '../../src/domain/protocol-times.ts'
import { Scheduler } from '../../src/node/scheduler.ts'
import type { Synthesize } from '../../src/node/workers.ts'
import { anInstance, aRejection, someSettings, someSetup } from '../support/run-values.ts'

const version = protocolVersion

function lease(attempt: number): Order {
  const instance = anInstance(`a__a-${attempt}`)
  const task = { instance, author: 'rules', settings: someSettings, references: [], resume: [] } as const
  return { version, type: 'lease', grant: attempt, attempt, generation: 1, task: { kind: 'synthesis', ...task } }
}

/** A node of two slots whose control is played by the test, connected and trusted. */
function schedulerOf(synthesize: Synthesize, ahead = 2) {
  const sent: NodeMessage[] = []
  const kept: NodeEvent[] = []
  const gate: boolean[] = []
  const scheduler = new Scheduler({
    node: 'n1',
    boot: 'b1',
    slots: 2,
    times: protocolTimes,
    kept: [],
    workersFor: () => ({
      limits: someSettings.limits,
      synthesis: synthesize,
      rollout: () => Promise.reject(new Error('no rollout')),
    }),
    keep: async (event) => void kept.push(event),
    forget: (count) => void kept.splice(0, count),
    gate: (isOpen) => gate.push(isOpen),
    nowMs: () => 5,
  })
  const link = scheduler.connected({ send: (message) => sent.push(message), close: () => undefined })
  const receive = (order: Order) => scheduler.receive(link, order)
  receive({ version, type: 'welcome', epoch: 1, connection: 1, runId: 'r1', setup: { ...someSetup, ahead } })
  receive({ version, type: 'heartbeat-answer', count: 0, dropped: [] })
  return { scheduler, sent, kept, gate, receive, link }
}

const untilAborted: Synthesize = (_task, _settings, _channel, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

const endsIn = (messages: readonly NodeMessage[]) =>
  messages.flatMap((message) =>
    message.type === 'settled' || message.type === 'released' || message.type === 'faulted'
      ? [[message.type, message.attempt]]
      : [],
  )

test('events are numbered from one, with the node, its boot and the time, and kept until they are acknowledged', async () => {
  const { scheduler, sent, kept, receive } = schedulerOf(async () => aRejection())
  using _ = scheduler
  receive(lease(7))
  await Bun.sleep(0)
  const origin = { version, node: 'n1', boot: 'b1', atMs: 5 } as const
  const settled = { ...origin, sequence: 1, type: 'settled', attempt: 7, generation: 1, result: aRejection() } as const
  expect(sent.slice(1)).toEqual([settled])
  expect(kept).toEqual([settled])
  receive({ version, type: 'acknowledge', boot: 'b1', sequence: 1 })
  expect(kept).toEqual([])
})

test('more leases than slots wait for a slot, and the limits are those of the node', () => {
  const started: unknown[] = []
  const { scheduler, receive } = schedulerOf((task, settings, ...rest) => {
    started.push([task.instance.instance_id, settings.limits])
    return untilAborted(task, settings, ...rest)
  })
  using _ = scheduler
  for (const attempt of [1, 2, 3]) receive(lease(attempt))
  expect(started).toEqual(['a__a-1', 'a__a-2'].map((id) => [id, someSettings.limits]))
})

test('a stop gives back what runs and what waits, and it has ended once control has stored all of it', async () => {
  const { scheduler, sent, receive } = schedulerOf(untilAborted)
  using _ = scheduler
  for (const attempt of [1, 2, 3]) receive(lease(attempt))
  receive({ version, type: 'stop' })
  await Bun.sleep(0)
  expect(endsIn(sent)).toEqual([
    ['released', 3],
    ['released', 1],
    ['released', 2],
  ])
  let hasEnded = false
  const ended = scheduler.ended.then(() => {
    hasEnded = true
  })
  receive({ version, type: 'acknowledge', boot: 'b1', sequence: 2 })
  await Bun.sleep(0)
  expect(hasEnded).toBe(false)
  receive({ version, type: 'acknowledge', boot: 'b1', sequence: 3 })
  await ended
})

test('what an attempt prints can be looked at, below the stage that it is of, and each attempt’s by itself', async () => {
  const print = (text: string) => new TextEncoder().encode(text)
  const { scheduler, sent, receive } = schedulerOf((task, settings, channel, signal) => {
    const stage = { type: 'stage', iteration: 1, state: 'started' } as const
    channel.emit({ ...stage, stage: 'write' })
    channel.emit({ ...stage, stage: 'build' })
    channel.onOutput?.(print(`Step 1 of ${task.instance.instance_id}\n`))
    channel.onOutput?.(print('done'))
    return untilAborted(task, settings, channel, signal)
  })
  using _ = scheduler
  for (const attempt of [1, 2, 3]) {
    receive(lease(attempt))
    receive({ version, type: 'tail-call', attempt, generation: 1 })
  }
  expect(sent.filter(({ type }) => type === 'tail-answer')).toEqual(
    [1, 2].map((attempt) => {
      const text = `\n===== iteration 1: build\nStep 1 of a__a-${attempt}\ndone`
      return { version, type: 'tail-answer', attempt, generation: 1, text }
    }),
  )
})

test('a model call that was not answered is asked again on the next connection, and its answer goes to who asked', async () => {
  const answer = { kind: 'faulted', model: 'm', usage: { input: 0, output: 0, cacheWrite: 0, cacheRead: 0 } } as const
  const fault = { kind: 'model-unreachable', message: 'gone' } as const
  const got: unknown[] = []
  const { scheduler, sent, receive, link } = schedulerOf(async (_task, _settings, { ask }) => {
    const request = {
      session: 's',
      role: 'explore',
      system: [],
      tools: [],
      toolChoice: 'auto',
      messages: [],
      maxTokens: 1,
    }
    got.push(await ask({ ...request, role: 'explore', toolChoice: 'auto' }))
    return aRejection()
  })
  using _ = scheduler
  receive(lease(1))
  const asked = sent.filter(({ type }) => type === 'model-call')
  scheduler.disconnected(link)
  const later: NodeMessage[] = []
  const next = scheduler.connected({ send: (message) => later.push(message), close: () => undefined })
  scheduler.receive(next, { version, type: 'welcome', epoch: 1, connection: 2, runId: 'r1', setup: someSetup })
  expect(later.map(({ type }) => type)).toEqual(['hello', 'model-call'])
  expect(later.slice(1)).toEqual(asked)
  const call = asked[0]?.type === 'model-call' ? asked[0].call : ''
  const whole = { ...answer, costUsd: 0, tries: 1, fault }
  scheduler.receive(next, { version, type: 'model-answer', call, answer: whole })
  await Bun.sleep(0)
  expect(got).toEqual([whole])
  expect(endsIn(later)).toEqual([['settled', 1]])
})

test('where cleaning up fails after a fault, the fault is told', async () => {
  const { scheduler, sent, receive } = schedulerOf(async () => {
    using _ = {
      [Symbol.dispose]() {
        throw new Error('nothing could be removed')
      },
    }
    throw new FaultError('engine-unreachable', 'the engine is gone')
  })
  using _ = scheduler
  receive(lease(1))
  await Bun.sleep(0)
  const fault = { kind: 'engine-unreachable', message: 'the engine is gone' }
  expect(sent.at(-1)).toMatchObject({ type: 'faulted', attempt: 1, fault })
})

test('a disk without room is a fault of the node, whatever met it', async () => {
  const { scheduler, sent, receive } = schedulerOf(async () => {
    await writeFile('/dev/full', 'x')
    return aRejection()
  })
  using _ = scheduler
  receive(lease(1))
  await scheduler.settled
  const fault = { kind: 'disk-full', message: expect.stringMatching(/^ENOSPC.* — free some disk space$/) }
  expect(sent.at(-1)).toMatchObject({ type: 'faulted', attempt: 1, fault })
})

test('what is over for control ends without a word, and its slot is free only then', async () => {
  const { scheduler, sent, receive } = schedulerOf(untilAborted)
  using _ = scheduler
  receive(lease(1))
  receive({ version, type: 'heartbeat-answer', count: 0, dropped: [{ attempt: 1, generation: 1 }] })
  expect(scheduler.isIdle).toBe(false)
  await Bun.sleep(0)
  expect(scheduler.isIdle).toBe(true)
  expect(endsIn(sent)).toEqual([])
})
