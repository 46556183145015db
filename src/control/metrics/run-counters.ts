import type { ModelAnswer, ModelRole } from '../../domain/model-call.ts'
import type { LedgerWatch } from '../ledger-watch.ts'

/** Numbers that only rise, each under the values of some labels. */
class Tally<Label extends string> {
  readonly #byKey = new Map<string, { readonly labels: Readonly<Record<Label, string>>; value: number }>()

  add(labels: Readonly<Record<Label, string>>, value = 1): void {
    const key = JSON.stringify(Object.values(labels))
    const known = this.#byKey.get(key)
    if (known === undefined) this.#byKey.set(key, { labels, value })
    else known.value += value
  }

  get entries(): readonly { readonly labels: Readonly<Record<Label, string>>; readonly value: number }[] {
    return [...this.#byKey.values()]
  }
}

/** What happened in a run since this process began. Whoever reads it knows that counters begin anew with a process. */
export class RunCounters implements LedgerWatch {
  readonly events = new Tally<'type'>()
  readonly finished = new Tally<'outcome' | 'reason'>()
  readonly faults = new Tally<'kind'>()
  readonly stages = new Tally<'stage'>()
  readonly stageSeconds = new Tally<'stage'>()
  readonly modelCalls = new Tally<'model' | 'role' | 'outcome'>()
  readonly tokens = new Tally<'model' | 'role' | 'type'>()
  readonly dollars = new Tally<'model' | 'role'>()

  kept(event: Parameters<LedgerWatch['kept']>[0]): void {
    this.events.add({ type: event.type })
    if (event.type !== 'stage' || event.state !== 'finished') return
    this.stages.add({ stage: event.stage })
    this.stageSeconds.add({ stage: event.stage }, (event.durationMs ?? 0) / 1000)
  }

  moved(before: Parameters<LedgerWatch['moved']>[0], after: Parameters<LedgerWatch['moved']>[1]): void {
    for (const { kind } of after.faults.slice(before.faults.length)) this.faults.add({ kind })
    if (before.state === after.state) return
    if (after.state === 'settled') {
      const { verdict } = after
      this.finished.add({ outcome: verdict.kind, reason: 'reason' in verdict ? verdict.reason : '' })
    } else if (after.state === 'faulted') {
      this.finished.add({ outcome: 'faulted', reason: after.faults.at(-1)?.kind ?? '' })
    }
  }

  /** A call that was made, once. */
  answered(role: ModelRole, answer: ModelAnswer): void {
    const { model, usage, costUsd } = answer
    this.modelCalls.add({ model, role, outcome: answer.kind })
    this.dollars.add({ model, role }, costUsd)
    this.tokens.add({ model, role, type: 'input' }, usage.input)
    this.tokens.add({ model, role, type: 'output' }, usage.output)
    this.tokens.add({ model, role, type: 'cache_write' }, usage.cacheWrite)
    this.tokens.add({ model, role, type: 'cache_read' }, usage.cacheRead)
  }
}
