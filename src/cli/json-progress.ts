import type { Change } from '../control/apply-event.ts'
import type { NodeEvent } from '../domain/message.ts'
import type { StoredAttempt } from '../store/attempts.ts'

/**
 * The lines of `--json` about what a node reported: one object a line, told apart by `event`. Logs and test outputs
 * are left to `openswe show`.
 */
export function jsonLines(event: NodeEvent, change: Change): string[] {
  const lines: unknown[] = []
  if (event.type === 'stage') {
    const { stage, iteration, state, attempt, atMs, durationMs } = event
    lines.push({ event: 'stage', at_ms: atMs, attempt, iteration, stage, state, duration_ms: durationMs })
  }
  if (event.type === 'iteration') {
    const { number, result, durationMs } = event.record
    lines.push({
      event: 'iteration',
      at_ms: event.atMs,
      attempt: event.attempt,
      number,
      result,
      duration_ms: durationMs,
    })
  }
  if (event.type === 'rollout') {
    const { ending, costUsd, durationMs } = event.rollout
    const { attempt, atMs } = event
    lines.push({ event: 'rollout', at_ms: atMs, attempt, ending, cost_usd: costUsd, duration_ms: durationMs })
  }
  if (change !== null && change.attempt.state !== change.before.state) {
    const image = event.type === 'settled' ? event.result.image : undefined
    lines.push({ ...stateLine(change, event.atMs), ...(image === undefined ? {} : { image }) })
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`)
}

function stateLine(change: StoredAttempt, atMs: number): object {
  const { attempt, attempt_id, instance_id } = change
  return {
    event: attempt.state,
    at_ms: atMs,
    attempt: attempt_id,
    instance_id,
    ...(change.kind === 'rollout' ? { solver: change.solver, number: change.number } : {}),
    ...(attempt.state === 'settled' ? { verdict: attempt.verdict } : {}),
    ...(attempt.faults.length > 0 ? { fault: attempt.faults.at(-1) } : {}),
  }
}
