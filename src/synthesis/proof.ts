import type { Proof } from '../domain/proof.ts'
import type { ResolvedEnvironment } from '../domain/synthesis-event.ts'
import { sha256 } from '../util/sha256.ts'
import type { Subject } from './subject.ts'
import type { Validation } from './validate.ts'

/** Writes down what an acceptance rests on. */
export function proofOf(subject: Subject, environment: ResolvedEnvironment, validation: Validation): Proof {
  const controls = validation.runs.filter((run) => run.purpose.startsWith('control-'))
  return {
    inputs: {
      patch: sha256(subject.instance.patch),
      test_patch: sha256(subject.instance.test_patch),
      dockerfile: sha256(environment.dockerfile),
      evalScript: sha256(environment.evalScript),
      testCommand: sha256(JSON.stringify(environment.testCommand)),
    },
    trees: subject.trees,
    imageId: environment.imageId,
    runs: validation.runs.map((run) => ({
      purpose: run.purpose,
      end: run.end,
      outcomes: run.report?.outcomes ?? null,
      conditions: run.conditions,
      durationMs: run.durationMs,
    })),
    controls: controls.map((run) => ({ name: run.purpose, outcome: 'did not pass' })),
    audit: validation.audit.counts,
    conditions: [...new Set(validation.runs.flatMap((run) => run.conditions))],
    tools: { bun: Bun.version },
  }
}
