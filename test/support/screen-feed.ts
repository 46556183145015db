// screen-feed DATABASE NODES INSTANCES EVENTS_A_SECOND SECONDS: makes a database and writes into it what a run on so many
// nodes of 8 slots would, at that pace; prints `ready` once it begins. With 0 seconds it writes a run that has ended.
import type { Attempt } from '../../src/domain/attempt.ts'
import type { NodeFacts } from '../../src/domain/node-facts.ts'
import { type Stage, stages } from '../../src/domain/synthesis-event.ts'
import type { Verdict } from '../../src/domain/verdict.ts'
import { insertAttempt, saveAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { putIteration } from '../../src/store/iterations.ts'
import { openCall, settleCall } from '../../src/store/model-calls.ts'
import { type NodeRow, putNode } from '../../src/store/nodes.ts'
import { addCost } from '../../src/store/results.ts'
import { endRun, insertRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { sha256 } from '../../src/util/sha256.ts'
import { anAcceptance, anInstance, anIteration, noMemory, someSettings } from './run-values.ts'

const slots = 8
const runId = '01a20000-feed'
const runStages = stages.slice(0, stages.indexOf('solve'))
const batchMs = 50

interface Held {
  readonly attempt: number
  readonly node: string
  readonly grantedAtMs: number
  /** In `runStages`; -1 until it begins. */
  stage: number
}

interface NodeCounts {
  settled: number
  accepted: number
  faulted: number
}

/** A run, an event at a time. */
export class ScreenFeed {
  readonly #store: Store
  readonly #nodes: readonly string[]
  readonly #waiting: number[] = []
  readonly #held: Held[] = []
  readonly #counts = new Map<string, NodeCounts>()
  readonly #told = new Map<string, Pick<NodeRow, 'heardAtMs' | 'facts'>>()
  #events = 0
  #beats = 0

  constructor(store: Store, nodes: number, instances: number, nowMs: number) {
    this.#store = store
    this.#nodes = Array.from({ length: nodes }, (_, index) => `gpu-${String(index + 1).padStart(2, '0')}`)
    const settings = { ...someSettings, budget: { runUsd: 500 } }
    const hosts = this.#nodes
    store.transaction(() => {
      insertRun(store, { runId, startedAtMs: nowMs, version: 'feed', author: 'auto', settings, hosts })
      for (let index = 0; index < instances; index += 1) this.#waiting.push(this.#insert(index))
    })
    for (const node of this.#nodes) this.#counts.set(node, { settled: 0, accepted: 0, faulted: 0 })
    store.transaction(() => this.#grantAll(nowMs))
    this.beat(nowMs)
  }

  get isOver(): boolean {
    return this.#held.length === 0
  }

  /** The next event of whichever attempt is due. */
  step(nowMs: number): void {
    this.#events += 1
    const at = this.#chance('which', this.#held.length)
    const held = this.#held[at]
    if (held === undefined) return
    if (held.stage >= 0) this.#costs(held)
    held.stage += 1
    const stage = runStages[held.stage]
    if (stage === undefined) this.#settle(at, held, nowMs)
    else saveAttempt(this.#store, held.attempt, running(held, stage, nowMs))
  }

  /** To be called every second: a node tells of itself every tenth. */
  beat(nowMs: number): void {
    this.#beats += 1
    this.#store.transaction(() => {
      for (const [index, node] of this.#nodes.entries()) {
        const running = this.#held.filter((held) => held.node === node).length
        const told = this.#told.get(node)
        if (told === undefined || index % 10 === this.#beats % 10) {
          const heardAtMs = index === 12 ? (told?.heardAtMs ?? nowMs - 27_000) : nowMs
          this.#told.set(node, { heardAtMs, facts: this.#facts(node, running) })
        }
        putNode(this.#store, runId, { ...this.#nodeState(index, node), running }, noMemory)
      }
    })
  }

  #nodeState(index: number, node: string): Omit<NodeRow, 'running'> {
    const counts = this.#counts.get(node) ?? { settled: 0, accepted: 0, faulted: 0 }
    const { heardAtMs, facts } = this.#told.get(node) ?? { heardAtMs: null, facts: null }
    const state = index === 12 ? 'silent' : index === 30 ? 'draining' : 'up'
    const trouble = state === 'silent' ? `ssh: connect to host ${node} port 22: No route to host` : null
    return { node, state, trouble, slots, facts, heardAtMs, ...counts, waiting: 0, stolen: 0 }
  }

  #insert(index: number): number {
    const repo = `owner-${this.#chance(`repo ${index}`, 200)}/project`
    const instance_id = `${repo.replace('/', '__')}-${1000 + index}`
    putInstance(this.#store, anInstance(instance_id, { repo }), `row ${index}`)
    return insertAttempt(this.#store, { instance_id, row_digest: `row ${index}`, run_id: runId, author: 'auto' })
  }

  #grantAll(nowMs: number): void {
    for (let slot = 0; slot < slots; slot += 1) for (const node of this.#nodes) this.#grant(node, nowMs)
  }

  #grant(node: string, nowMs: number): void {
    const attempt = this.#waiting.shift()
    if (attempt === undefined) return
    const held = { attempt, node, grantedAtMs: nowMs, stage: -1 }
    this.#held.push(held)
    const lease = { node, generation: 1, grantedAtMs: nowMs }
    saveAttempt(this.#store, attempt, { state: 'leased', generation: 1, lease, twin: null, faults: [] })
  }

  #costs({ attempt, stage }: Held): void {
    const name = runStages[stage]
    if (name === undefined) return
    const duration_ms = 1_000 + this.#chance(`took ${attempt} ${name}`, 90_000)
    addCost(this.#store, attempt, { iteration: 1, stage: name, duration_ms })
    if (name === 'write' && attempt % 3 === 0) this.#call(attempt)
  }

  #call(attemptId: number): void {
    const call = `${attemptId}/1`
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'Write it.' }] }] as const
    const request = {
      session: call,
      role: 'dockerfile',
      system: [],
      tools: [],
      toolChoice: 'auto',
      messages,
      maxTokens: 1,
    } as const
    const model = 'some-model'
    openCall(this.#store, { call, attemptId, runId, generation: 1, model, request, reservedUsd: 1, startedAtMs: 0 })
    const usage = { input: 9_000, output: 700, cacheWrite: 2_000, cacheRead: 30_000 }
    const content = [{ type: 'text', text: 'FROM openswe-python-3.11' }] as const
    const spending = { model, usage, costUsd: 0.02 + this.#chance(`cost ${call}`, 400) / 1000, tries: 1 }
    settleCall(this.#store, call, { kind: 'answered', ...spending, content, stop: 'end' }, 9_000)
  }

  #settle(at: number, { attempt, node }: Held, nowMs: number): void {
    this.#held.splice(at, 1)
    const isFaulted = this.#chance(`fault ${attempt}`, 100) < 3
    const counts = this.#counts.get(node)
    if (counts !== undefined) {
      counts.settled += isFaulted ? 0 : 1
      counts.faulted += isFaulted ? 1 : 0
    }
    if (isFaulted) {
      const fault = {
        kind: 'disk-full',
        message: `no space left on ${node}: /var/lib/docker has 0 B`,
        node,
        atMs: nowMs,
      } as const
      saveAttempt(this.#store, attempt, { state: 'faulted', generation: 1, faults: [fault] })
    } else {
      const verdict = this.#verdict(attempt)
      if (verdict.kind === 'accepted' && counts !== undefined) counts.accepted += 1
      putIteration(this.#store, { attempt, generation: 1 }, anIteration(1))
      saveAttempt(this.#store, attempt, { state: 'settled', generation: 1, verdict, settledAtMs: nowMs, faults: [] })
    }
    this.#grant(node, nowMs)
  }

  #verdict(attempt: number): Verdict {
    const share = this.#chance(`verdict ${attempt}`, 100)
    if (share < 60) return anAcceptance('a').verdict
    if (share > 95)
      return { kind: 'unsolvable', explanation: 'The statement asks for two things that contradict each other.' }
    const reasons = [
      'tests-pass-without-fix',
      'build-failed',
      'tests-fail-with-fix',
      'flaky-fail-to-pass',
      'timed-out',
    ] as const
    const reason = reasons[Math.min(this.#chance(`a ${attempt}`, 5), this.#chance(`b ${attempt}`, 5))] ?? 'build-failed'
    return { kind: 'rejected', reason, explanation: 'pip install . failed: error: subprocess-exited-with-error' }
  }

  #facts(node: string, running: number): NodeFacts {
    const memoryBytes = 256 * 2 ** 30
    const load = running * 3.2 + this.#chance(`load ${node} ${this.#events >> 8}`, 30) / 10
    return {
      cpus: 32,
      load,
      memoryBytes,
      freeMemoryBytes: memoryBytes * (0.9 - running * 0.06),
      diskBytes: 2 ** 40,
      freeDiskBytes: 2 ** 40 * (0.2 + this.#chance(`disk ${node}`, 60) / 100),
      freeInodeShare: 0.9,
      engine: 'ok',
      waitingFor: null,
    }
  }

  /** The same every time: below `bound`, from what it is for and how far the run is. */
  #chance(what: string, bound: number): number {
    return (
      Number.parseInt(sha256(what.startsWith('which') ? `${what} ${this.#events}` : what).slice(0, 8), 16) %
      Math.max(1, bound)
    )
  }
}

function running({ node, grantedAtMs, stage: _ }: Held, stage: Stage, nowMs: number): Attempt {
  const lease = { node, generation: 1, grantedAtMs }
  return { state: 'running', generation: 1, lease, twin: null, iteration: 1, stage, stageSinceMs: nowMs, faults: [] }
}

async function main([
  database = '',
  nodes = '64',
  instances = '10000',
  rate = '200',
  seconds = '60',
]: readonly string[]) {
  using store = await openStore(database, 'write')
  const feed = new ScreenFeed(store, Number(nodes), Number(instances), Date.now())
  console.log('ready')
  const startedMs = performance.now()
  let [done, beaten] = [0, 0]
  while (!feed.isOver && performance.now() - startedMs < 1000 * Number(seconds)) {
    await Bun.sleep(batchMs)
    const passedMs = performance.now() - startedMs
    store.transaction(() => {
      for (const due = (passedMs / 1000) * Number(rate); done < due && !feed.isOver; done += 1) feed.step(Date.now())
    })
    if (passedMs - beaten < 1000) continue
    beaten = passedMs
    feed.beat(Date.now())
  }
  endRun(store, runId, 'ended', Date.now())
  console.log('done')
}

if (import.meta.main) await main(process.argv.slice(2))
