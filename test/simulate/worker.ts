import { protocolVersion } from '../../src/domain/message.ts'
import type { ModelRequest } from '../../src/domain/model-call.ts'
import type { LeaseOrder } from '../../src/node/node.ts'
import { anIteration } from '../support/run-values.ts'
import type { NodeProcess } from './node-process.ts'

const request: ModelRequest = {
  session: 's',
  role: 'dockerfile',
  system: [],
  tools: [],
  toolChoice: 'any',
  messages: [],
  maxTokens: 1,
}

/** Does one lease: iteration by iteration, each begun only while its node may spend. */
export class Worker {
  readonly lease: LeaseOrder
  readonly #process: NodeProcess
  #iteration: number
  #isAborted = false
  #isOver = false
  #isWaiting = false
  #call: string | null = null

  constructor(process: NodeProcess, lease: LeaseOrder) {
    this.#process = process
    this.lease = lease
    this.#iteration = lease.task.kind === 'synthesis' ? lease.task.resume.length : 0
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isAborted(): boolean {
    return this.#isAborted
  }

  begin(): void {
    this.#next()
  }

  /** What waits for the gate, where anything does. */
  goOn(): void {
    if (!this.#isWaiting || !this.#process.isGateOpen) return
    this.#isWaiting = false
    this.#next()
  }

  answered(call: string): void {
    if (this.#call !== call) return
    this.#call = null
    this.#spend()
  }

  abort(): void {
    if (this.#isAborted) return
    this.#isAborted = true
    this.#process.later(this.#process.world.random.between(0, 5000), () => this.#end({ type: 'released' }))
  }

  #next(): void {
    if (this.#isAborted || this.#isOver) return
    if (!this.#process.isGateOpen) {
      this.#isWaiting = true
      return
    }
    const { world, host } = this.#process
    world.watcher.spends(this.#process)
    const plan = world.books.planOf(this.lease.attempt)
    if (host.hasStorm) this.#fault('engine-unreachable', world.random.between(100, 3000))
    else if (this.#iteration >= plan.iterationMs.length) this.#process.later(100, () => this.#endAsPlanned())
    else if (plan.asksModel) this.#ask()
    else this.#spend()
  }

  #ask(): void {
    const { world } = this.#process
    this.#call = world.newCall()
    const { attempt, generation } = this.lease
    this.#process.ask({ version: protocolVersion, type: 'model-call', call: this.#call, attempt, generation, request })
  }

  /** One iteration: what is begun goes on to its end, whatever becomes of the lease. */
  #spend(): void {
    if (this.#isAborted || this.#isOver) return
    const { world, host } = this.#process
    const plan = world.books.planOf(this.lease.attempt)
    const durationMs = (plan.iterationMs[this.#iteration] ?? 0) * host.slowness
    const stage = { type: 'stage', stage: 'build', iteration: this.#iteration + 1, state: 'started' } as const
    this.#process.report(this, { ...this.#key(), ...stage })
    this.#process.later(durationMs, () => {
      if (this.#isAborted || this.#isOver) return
      this.#iteration += 1
      this.#process.report(this, { ...this.#key(), type: 'iteration', record: anIteration(this.#iteration) })
      this.#next()
    })
  }

  #endAsPlanned(): void {
    const { world } = this.#process
    if (world.books.planOf(this.lease.attempt).isPoison) {
      this.#end({ type: 'faulted', fault: { kind: 'internal', message: 'poison' } })
    } else if (world.random.chance(0.02)) {
      this.#end({ type: 'faulted', fault: { kind: 'model-unreachable', message: 'overloaded' } })
    } else {
      const explanation = `by ${this.#process.boot}`
      this.#end({
        type: 'settled',
        result: { verdict: { kind: 'unsolvable', explanation }, iterations: this.#iteration },
      })
    }
  }

  #fault(kind: 'engine-unreachable', afterMs: number): void {
    this.#process.later(afterMs, () => this.#end({ type: 'faulted', fault: { kind, message: 'no engine' } }))
  }

  #end(end: Ending): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#process.report(this, { ...this.#key(), ...end })
  }

  #key() {
    return { attempt: this.lease.attempt, generation: this.lease.generation }
  }
}

type Report = Parameters<NodeProcess['report']>[1]
type WithoutKey<T> = T extends unknown ? Omit<T, 'attempt' | 'generation'> : never
type Ending = WithoutKey<Extract<Report, { type: 'settled' | 'faulted' | 'released' }>>
