import type { Change } from '../control/apply-event.ts'
import type { NodeEvent } from '../domain/message.ts'

/**
 * The lines of `--json` about what a node reported: one object a line, told apart by `event`. Logs and test outputs
 * are left to `openswe show`.
 */
export function jsonLines(event: NodeEvent, change: Change): string[] {
  const image = event.type === 'settled' ? event.result.image : undefined
  const state = change === null ? [] : stateLines(change, event.atMs, image === undefined ? {} : { image })
  return [...reportLines(event), ...state]
}

function reportLines(event: NodeEvent): string[] {
  const { attempt, atMs } = event
  switch (event.type) {
    case 'stage': {
      const { stage, iteration, state, durationMs } = event
      return [lineOf({ event: 'stage', at_ms: atMs, attempt, iteration, stage, state, duration_ms: durationMs })]
    }
    case 'iteration': {
      const { number, result, durationMs } = event.record
      return [lineOf({ event: 'iteration', at_ms: atMs, attempt, number, result, duration_ms: durationMs })]
    }
    case 'rollout': {
      const { ending, costUsd, durationMs } = event.rollout
      return [lineOf({ event: 'rollout', at_ms: atMs, attempt, ending, cost_usd: costUsd, duration_ms: durationMs })]
    }
    default:
      return []
  }
}

/** The line about an attempt whose state is another now, with these facts besides. */
export function stateLines(change: NonNullable<Change>, atMs: number, facts: object = {}): string[] {
  const { attempt, before, attempt_id, instance_id } = change
  if (attempt.state === before.state) return []
  const line = {
    event: attempt.state,
    at_ms: atMs,
    attempt: attempt_id,
    instance_id,
    ...(change.kind === 'rollout' ? { solver: change.solver, number: change.number } : {}),
    ...(attempt.state === 'settled' ? { verdict: attempt.verdict } : {}),
    ...(attempt.faults.length > 0 ? { fault: attempt.faults.at(-1) } : {}),
    ...facts,
  }
  return [lineOf(line)]
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`
}
