import { countStates, listHeld } from '../../store/counts.ts'
import { spendingOfRun } from '../../store/model-calls.ts'
import { getRun } from '../../store/runs.ts'
import type { Store } from '../../store/store.ts'
import { steadyNowMs } from '../../util/clock.ts'
import { prometheusText } from '../../util/prometheus-text.ts'
import type { Fleet } from '../fleet.ts'
import type { RunCounters } from './run-counters.ts'
import { runMetrics } from './run-metrics.ts'

export interface MeasuredRun {
  readonly store: Store
  readonly runId: string
  readonly fleet: Pick<Fleet, 'nodes' | 'isPaused' | 'waiting'>
  readonly counters: RunCounters
}

/** What reads a run's metrics, each time it is called; every query it makes is answered by an index. */
export function prometheusOf({ store, runId, fleet, counters }: MeasuredRun): () => string {
  const run = getRun(store, runId)
  const asksModel = run?.author === null || run?.author === 'model' || run?.author === 'auto'
  const startedAtMs = run?.started_at_ms ?? 0
  return () => {
    const { user, system } = process.cpuUsage()
    return prometheusText(
      runMetrics({
        runId,
        kind: run?.author === null ? 'rollout' : 'synthesis',
        startedAtMs,
        counts: countStates(store, runId, startedAtMs),
        held: listHeld(store, runId),
        spentUsd: asksModel ? spendingOfRun(store, runId).settledUsd : null,
        isPaused: fleet.isPaused,
        waiting: fleet.waiting,
        nodes: fleet.nodes(),
        counters,
        process: {
          startedAtMs: Date.now() - process.uptime() * 1000,
          cpuSeconds: (user + system) / 1e6,
          residentBytes: process.memoryUsage.rss(),
        },
        nowMs: steadyNowMs(),
      }),
    )
  }
}
