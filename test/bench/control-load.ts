import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Control, type ControlEffect } from '../../src/control/control.ts'
import { storeLedger } from '../../src/control/store-ledger.ts'
import type { IterationRecord } from '../../src/domain/iteration-record.ts'
import type { LeaseKey } from '../../src/domain/lease.ts'
import { type NodeReport, protocolVersion } from '../../src/domain/message.ts'
import { parseNodeMessage } from '../../src/domain/message-schema.ts'
import { protocolTimes } from '../../src/domain/protocol-times.ts'
import { stages } from '../../src/domain/synthesis-event.ts'
import { insertAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { anAcceptance, anInstance, anIteration, somePlan, someSettings, someSetup } from '../support/run-values.ts'
import type { Figure, Result } from './figure.ts'

const nodes = 64
const slots = 8
const eventsPerSecond = 100
const seconds = 20
const version = protocolVersion
const runId = 'r1'
const policy = { maxFaults: 3, waitsMs: [0] }

/** A log as builds leave it: lines that are alike, and none the same. */
function aLog(bytes: number): string {
  const lines = Array.from({ length: bytes / 80 }, (_, n) => {
    return `#${n} ${(n * 2654435761) >>> 0} Collecting package-${n % 97}==1.${n % 13} (from -r requirements.txt)`
  })
  return lines.join('\n').slice(0, bytes)
}

const record: IterationRecord = { ...anIteration(1), buildLog: aLog(100_000) }
const runs = record.runs.map((run) => ({ ...run, output: aLog(40_000) }))

/** What one attempt reports from its beginning to its end. */
function reportsOf(key: LeaseKey): readonly NodeReport[] {
  const ofStages = stages.slice(0, 9).flatMap((stage): NodeReport[] => [
    { ...key, type: 'stage', stage, iteration: 1, state: 'started' },
    { ...key, type: 'stage', stage, iteration: 1, state: 'finished', durationMs: 12_345 },
  ])
  return [
    ...ofStages,
    { ...key, type: 'iteration', record: { ...record, runs } },
    { ...key, type: 'settled', result: anAcceptance(`x-${key.attempt}`) },
  ]
}

/** Control with its database, and 64 nodes that only write lines. */
class Load {
  readonly #control: Control
  readonly #todo = new Map<string, NodeReport[][]>()
  readonly #sequences = new Map<string, number>()
  #nowMs = 0
  #orderBytes = 0

  constructor(store: Store) {
    this.#control = new Control({
      ledger: storeLedger(store, { runId, plan: somePlan, policy }),
      runId,
      epoch: 1,
      policy,
      times: protocolTimes,
      nodes: nodeNames,
      setupOf: () => ({ ...someSetup, slots: null, ahead: 3 }),
      nowMs: 0,
    })
    for (const [index, node] of nodeNames.entries()) {
      this.#perform(this.#control.connected(node, index + 1, 0))
      const hello = { version, type: 'hello', node, boot: 'b1', slots, room: slots, held: [], facts: null } as const
      this.#perform(this.#control.receive(node, index + 1, hello, 0))
    }
  }

  /** One second of a run: its events, and of each node the heartbeat where one is due. */
  second(): void {
    this.#nowMs += 1000
    for (let n = 0; n < eventsPerSecond; n += 1) this.event(n % nodes)
    for (const [index, node] of nodeNames.entries()) {
      if ((this.#nowMs / 1000 + index) % 10 === 0) this.#heartbeat(node, index)
    }
    this.#perform(this.#control.tick(this.#nowMs))
  }

  event(index: number): void {
    const node = nodeNames[index] ?? ''
    const attempts = this.#todo.get(node) ?? []
    const report = attempts[0]?.shift()
    if (report === undefined) throw new Error(`${node} has nothing to report`)
    if (attempts[0]?.length === 0) attempts.shift()
    const sequence = (this.#sequences.get(node) ?? 0) + 1
    this.#sequences.set(node, sequence)
    const line = JSON.stringify({ ...report, version, node, boot: 'b1', sequence, atMs: this.#nowMs })
    this.#perform(this.#control.receive(node, index + 1, parseNodeMessage(JSON.parse(line)), this.#nowMs))
  }

  #heartbeat(node: string, index: number): void {
    const held = (this.#todo.get(node) ?? []).flatMap(([next]) => {
      return next === undefined
        ? []
        : [{ attempt: next.attempt, generation: next.generation, state: 'running' as const }]
    })
    const pulse = { version, type: 'heartbeat', count: 1, grant: 1e9, slots, room: 3, held, facts: null } as const
    this.#perform(
      this.#control.receive(node, index + 1, parseNodeMessage(JSON.parse(JSON.stringify(pulse))), this.#nowMs),
    )
  }

  #perform(effects: readonly ControlEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== 'send') continue
      const { node, order } = effect
      this.#orderBytes += JSON.stringify(order).length
      if (order.type !== 'lease') continue
      const { attempt, generation } = order
      this.#todo.set(node, [...(this.#todo.get(node) ?? []), [...reportsOf({ attempt, generation })]])
    }
  }
}

const nodeNames = Array.from({ length: nodes }, (_, index) => `n${index + 1}`)

async function fill(store: Store, count: number): Promise<void> {
  insertRun(store, { runId, startedAtMs: 0, version: 'bench', author: 'rules', settings: someSettings })
  store.transaction(() => {
    for (let n = 0; n < count; n += 1) {
      const instance = anInstance(`a__a-${n}`, {
        repo: `owner/name-${n % 300}`,
        patch: aLog(3000),
        test_patch: aLog(3000),
      })
      putInstance(store, instance, 'digest')
      insertAttempt(store, { instance_id: instance.instance_id, row_digest: 'digest', author: 'rules', run_id: runId })
    }
  })
}

/** What control and its database cost while a whole fleet reports. */
export async function controlLoad(signal: AbortSignal): Promise<readonly Result[]> {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'openswe-control-'))
  undo.defer(() => rm(folder, { recursive: true }))
  const store = undo.use(await openStore(join(folder, 'a.db'), 'write'))
  await fill(store, 4000)
  const beforeBytes = process.memoryUsage.rss()
  const load = new Load(store)
  load.second()
  const cpuMs: number[] = []
  for (let n = 0; n < seconds; n += 1) {
    signal.throwIfAborted()
    const before = process.cpuUsage()
    load.second()
    const { user, system } = process.cpuUsage(before)
    cpuMs.push((user + system) / 1000)
  }
  const beganMs = performance.now()
  for (let n = 0; n < 2000; n += 1) load.event(n % nodes)
  const mostPerSecond = Math.round((2000 * 1000) / (performance.now() - beganMs))
  return [share(cpuMs, mostPerSecond), memory(beforeBytes)]
}

function share(cpuMs: readonly number[], mostPerSecond: number): Figure {
  const of = `CPU of control in a second with ${eventsPerSecond} events of ${nodes} × ${slots} slots, parsed, applied and written; at most load ${mostPerSecond} events a second`
  return {
    kind: 'figure',
    unit: 'ms',
    measured: { of, values: cpuMs },
    floor: { of: 'that second', values: cpuMs.map(() => 1000) },
    goal: { of: 'ratio', atMost: 0.25 },
  }
}

function memory(beforeBytes: number): Figure {
  return {
    kind: 'figure',
    unit: 'MB',
    measured: { of: 'memory after that, the bench itself included', values: [process.memoryUsage.rss() / 1e6] },
    floor: { of: 'before control began, with the database open', values: [beforeBytes / 1e6] },
    goal: { of: 'difference', atMost: 250 },
  }
}
