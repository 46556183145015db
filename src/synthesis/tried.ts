import type { IterationResult, NoAnswer } from '../authors/author.ts'
import { indexTroubleIn } from '../authors/index-trouble.ts'
import type { TestCommand } from '../domain/environment.ts'
import { FaultError } from '../domain/fault.ts'
import type { IterationOutcome } from '../domain/iteration-record.ts'
import type { Rejection } from '../domain/judge.ts'
import type { ResolvedEnvironment } from '../domain/synthesis-event.ts'
import type { RejectionReason } from '../domain/verdict.ts'
import type { EnvironmentImage } from '../evaluation/environment-image.ts'
import { renderSkeleton } from '../evaluation/eval-script.ts'
import type { Validation } from './validate.ts'

type Accepted = Extract<Validation['outcome'], { kind: 'accepted' }>

/** What came of one draft: accepted, or open to another iteration. */
export type Tried =
  | {
      readonly kind: 'accepted'
      readonly environment: ResolvedEnvironment
      readonly validation: Validation & { readonly outcome: Accepted }
      readonly log: string
    }
  | {
      readonly kind: 'open'
      readonly outcome: IterationOutcome
      readonly result: IterationResult
      readonly validation: Validation | null
      readonly log: string
    }

/** The author had nothing usable to say. */
export function unanswered({ explanation, refusedBy = 'no-author-answer' }: NoAnswer): Tried {
  const outcome = { kind: 'no-answer', reason: refusedBy, explanation } as const
  return { kind: 'open', outcome, result: { kind: 'no-answer', explanation }, log: '', validation: null }
}

/** Written before, with what came of it then; nothing is built for it again. */
export function repeated(ofIteration: number, earlier: IterationOutcome): Tried {
  const explanation = `the same environment as in iteration ${ofIteration}: ${earlier.explanation}`
  const outcome: IterationOutcome = { ...earlier, kind: 'repeated', explanation }
  return { kind: 'open', outcome, result: { kind: 'repeated', ofIteration }, log: '', validation: null }
}

/** Refused before anything was built. */
export function refused(reason: RejectionReason, problems: readonly string[]): Tried {
  const outcome = { kind: 'dockerfile-refused', reason, explanation: problems.join('; ') } as const
  return { kind: 'open', outcome, result: { kind: 'dockerfile-refused', problems }, log: '', validation: null }
}

export function environmentOf(
  dockerfile: string,
  testCommand: TestCommand,
  image: { readonly imageId: string; readonly tag: string },
): ResolvedEnvironment {
  const evalScriptSkeleton = renderSkeleton(testCommand)
  return { dockerfile, testCommand, evalScript: '', evalScriptSkeleton, imageId: image.imageId, imageTag: image.tag }
}

/** Throws FaultError where the build failed for want of a network. */
export function buildFailure(image: Exclude<EnvironmentImage, { kind: 'built' }>): Tried {
  if (image.kind === 'timed-out') {
    const explanation = `the build did not end within ${image.afterMs / 1000} s`
    const outcome = { kind: 'build-timed-out', reason: 'build-timed-out', explanation } as const
    const result = { kind: 'build-timed-out', afterMs: image.afterMs, log: image.log } as const
    return { kind: 'open', outcome, result, validation: null, log: image.log }
  }
  const trouble = indexTroubleIn(image.log.slice(-8000))
  if (trouble !== null) throw new FaultError('index-unreachable', `the build could not reach the network: ${trouble}`)
  const code = image.exitCode === null ? '' : ` ended with exit code ${image.exitCode}`
  const explanation = `${image.step}${code}: ${lastLine(image.log)}`
  const outcome = { kind: 'build-failed', reason: 'build-failed', explanation } as const
  const result = { kind: 'build-failed', step: image.step, exitCode: image.exitCode, log: image.log } as const
  return { kind: 'open', outcome, result, validation: null, log: image.log }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? ''
}

export function evaluated(validation: Validation, rejection: Rejection, log: string): Tried {
  const { reason, explanation } = rejection
  return {
    kind: 'open',
    outcome: { kind: 'evaluated', reason, explanation },
    result: { kind: 'evaluated', reason, explanation, runs: validation.runs },
    validation,
    log,
  }
}
