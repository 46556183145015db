import type { DocumentKind } from '../control/snapshot-detail.ts'
import type { IterationRecord } from '../domain/iteration-record.ts'
import { getIterations } from '../store/iterations.ts'
import { getEnvironment } from '../store/results.ts'
import { getRollout } from '../store/rollouts.ts'
import type { Store } from '../store/store.ts'
import { trajectoryText } from './trajectory-text.ts'
import { transcriptOf } from './transcript.ts'

/** A text that an attempt left; null where there is none of the kind. */
export function documentOf(store: Store, attemptId: number, kind: DocumentKind): string | null {
  const iterations = () => getIterations(store, attemptId)
  switch (kind) {
    case 'build log':
      return textOf(iterations().map(buildLogOf))
    case 'test output':
      return textOf(iterations().flatMap(runOutputsOf))
    case 'Dockerfile':
      return getEnvironment(store, attemptId)?.dockerfile ?? iterations().at(-1)?.dockerfile ?? null
    case 'eval script':
      return getEnvironment(store, attemptId)?.evalScript ?? null
    case 'transcript': {
      const rollout = getRollout(store, attemptId)?.rollout
      return textOf([
        ...(rollout === undefined ? transcriptOf(store, attemptId) : trajectoryText(rollout.model, rollout)),
      ])
    }
    case 'patch':
      return getRollout(store, attemptId)?.rollout.model_patch ?? null
  }
}

/** Build log and outputs of one iteration. */
export function logOf(iteration: IterationRecord): string {
  return [buildLogOf(iteration), ...runOutputsOf(iteration)].join('')
}

function buildLogOf({ number, buildLog }: IterationRecord): string {
  return `===== iteration ${number}: build\n${withNewline(buildLog)}`
}

function runOutputsOf({ number, runs }: IterationRecord): string[] {
  return runs.map((run, index) => {
    const conditions = run.conditions.length > 0 ? ` (${run.conditions.join(', ')})` : ''
    return `===== iteration ${number}, run ${index + 1}: ${run.purpose}${conditions}\n${withNewline(run.output)}`
  })
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function textOf(parts: readonly string[]): string | null {
  return parts.length === 0 ? null : parts.join('')
}
