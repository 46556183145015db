import { leaseOf } from '../domain/attempt.ts'
import { type Budget, permissionToSpend, type SpendingPermission } from '../domain/budget.ts'
import type { Fault } from '../domain/fault.ts'
import { type ModelAnswer, noUsage } from '../domain/model-call.ts'
import type { ModelClient } from '../llm/model-client.ts'
import { reservationOf } from '../llm/prices.ts'
import { getAttempt } from '../store/attempts.ts'
import {
  findCall,
  openCall,
  openCalls,
  settleCall,
  settleUnknown,
  spendingOfInstance,
  spendingOfRun,
} from '../store/model-calls.ts'
import type { Store } from '../store/store.ts'
import { Semaphore } from '../util/semaphore.ts'
import type { ModelCall } from './control.ts'

export interface GatewayOptions {
  readonly store: Store
  readonly runId: string
  readonly client: ModelClient
  readonly budget: Budget
  /** Aborted: what goes on is cut off, and nothing more is asked. */
  readonly signal: AbortSignal
  /** Told of each call that was made, once its cost is written down. */
  readonly onMade?: (call: ModelCall, answer: ModelAnswer) => void
  readonly nowMs: () => number
}

/**
 * The one way from an attempt to a model: what a call may cost is reserved before it is made, and what it did cost is
 * written down after it. Asking the same call twice is one call. Disposing it cuts off what goes on.
 */
export class ModelGateway implements AsyncDisposable {
  readonly #options: GatewayOptions
  readonly #running = new Map<string, Promise<ModelAnswer>>()
  readonly #disposed = new AbortController()
  readonly #signal: AbortSignal
  /** Held by the first who waits for the budget: who comes later, waits behind. */
  readonly #turn = new Semaphore(1)
  #change = Promise.withResolvers<void>()

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#signal = AbortSignal.any([options.signal, this.#disposed.signal])
    this.#signal.addEventListener('abort', () => this.#tellChange(), { once: true })
  }

  /** Rejects only where the store cannot be written, or the client is broken. */
  answer(call: ModelCall): Promise<ModelAnswer> {
    const known = this.#running.get(call.call)
    if (known !== undefined) return known
    const running = this.#answerOnce(call).finally(() => this.#running.delete(call.call))
    this.#running.set(call.call, running)
    return running
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort()
    await Promise.allSettled(this.#running.values())
  }

  async #answerOnce(call: ModelCall): Promise<ModelAnswer> {
    const found = findCall(this.#options.store, call.call)
    if (found.kind === 'settled') return found.answer
    if (found.kind !== 'absent') return this.#fault(call, interrupted('the model call was cut off'))
    const permission = await this.#turn.with(() => this.#reserve(call))
    return permission.kind === 'refused' ? this.#fault(call, permission.fault) : await this.#make(call)
  }

  /** Waits until the budget holds what the call may cost, or never will. */
  async #reserve(call: ModelCall): Promise<Exclude<SpendingPermission, { kind: 'later' }>> {
    for (;;) {
      const change = this.#change.promise
      if (this.#signal.aborted) return { kind: 'refused', fault: interrupted('the run was stopped') }
      const permission = this.#options.store.transaction(() => this.#reserveNow(call))
      if (permission.kind !== 'later') return permission
      await change
    }
  }

  /** Checks and writes in one transaction, so that no two calls are granted the same dollars. */
  #reserveNow({ call, attempt, generation, request }: ModelCall): SpendingPermission {
    const { store, runId, client, budget, nowMs } = this.#options
    const stored = getAttempt(store, attempt)
    if (stored === undefined || leaseOf(stored.attempt, generation) === null) {
      return { kind: 'refused', fault: interrupted('the lease of the attempt is over') }
    }
    const reservedUsd = reservationOf(request, client.priceOf(request.role))
    const spent = { run: spendingOfRun(store, runId), instance: spendingOfInstance(store, runId, stored.instance_id) }
    const permission = permissionToSpend(budget, spent, reservedUsd)
    if (permission.kind === 'granted') {
      const model = client.modelOf(request.role)
      const startedAtMs = nowMs()
      openCall(store, { call, attemptId: attempt, runId, generation, model, request, reservedUsd, startedAtMs })
    }
    return permission
  }

  async #make(call: ModelCall): Promise<ModelAnswer> {
    const { store, client, nowMs, onMade } = this.#options
    const instance_id = getAttempt(store, call.attempt)?.instance_id ?? ''
    const startedAtMs = nowMs()
    try {
      const answer = await client.call(call.request, { instance_id, signal: this.#signal })
      settleCall(store, call.call, answer, nowMs() - startedAtMs)
      onMade?.(call, answer)
      return answer
    } catch (error) {
      settleUnknown(store, call.call)
      if (!this.#signal.aborted) throw error
      return this.#fault(call, interrupted('the run was stopped'))
    } finally {
      this.#tellChange()
    }
  }

  #tellChange(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  #fault({ request }: ModelCall, fault: Fault): ModelAnswer {
    const model = this.#options.client.modelOf(request.role)
    return { kind: 'faulted', model, usage: noUsage, costUsd: 0, tries: 0, fault }
  }
}

function interrupted(message: string): Fault {
  return { kind: 'interrupted', message }
}

/**
 * Settles the calls that were open when a process was killed. What they cost, nobody knows: each counts with all that was
 * reserved for it. For the holder of the write lock, before anything is asked.
 */
export function settleCutOffCalls(store: Store): { readonly count: number; readonly costUsd: number } {
  return store.transaction(() => {
    const open = openCalls(store)
    for (const { call } of open) settleUnknown(store, call)
    return { count: open.length, costUsd: open.reduce((sum, { reserved_usd }) => sum + reserved_usd, 0) }
  })
}
