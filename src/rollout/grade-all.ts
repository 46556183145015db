import type { FaultPolicy } from '../domain/attempt.ts'
import { type Fault, FaultError } from '../domain/fault.ts'
import { realClock } from '../util/clock.ts'
import { messageOf } from '../util/message-of.ts'

export type GradeResult<Graded> =
  | { readonly kind: 'graded'; readonly graded: Graded }
  /** The machinery failed as often as it may, or kept failing for others: nothing is known of the patch. */
  | { readonly kind: 'faulted'; readonly fault: Fault }

export interface GradeAllOptions<Job, Graded> {
  readonly grade: (job: Job, signal: AbortSignal) => Promise<Graded>
  /** Jobs that are begun and not done; containers are held back by themselves. */
  readonly atOnce: number
  readonly policy: FaultPolicy
  readonly onResult: (job: Job, result: GradeResult<Graded>) => void
  /** Aborted: what runs is aborted, and no result of it is told. */
  readonly signal: AbortSignal
}

/** After this many given up in a row it is the machine that fails: what is left is not tried. */
const haltAfter = 6

/** Grades all jobs, some at a time, in their order. A fault is tried again and never becomes a grade. */
export async function gradeAll<Job, Graded>(jobs: Iterable<Job>, options: GradeAllOptions<Job, Graded>): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  const broken = new AbortController()
  const signal = AbortSignal.any([options.signal, broken.signal])
  let streak: readonly Fault[] = []
  const work = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      signal.throwIfAborted()
      const result =
        streak.length >= haltAfter ? notTried(streak) : await gradeWithTries(next.value, { ...options, signal })
      if (result.kind === 'graded') streak = []
      else if (streak.length < haltAfter) streak = [...streak, result.fault]
      options.onResult(next.value, result)
    }
  }
  const workers = Array.from({ length: options.atOnce }, () => work().catch((error: unknown) => broken.abort(error)))
  await Promise.all(workers)
  signal.throwIfAborted()
}

function notTried(streak: readonly Fault[]): GradeResult<never> {
  const { kind = 'internal', message = '' } = streak.at(-1) ?? {}
  return { kind: 'faulted', fault: { kind, message: `not tried, since the machine keeps failing: ${message}` } }
}

async function gradeWithTries<Job, Graded>(
  job: Job,
  { grade, policy, signal }: GradeAllOptions<Job, Graded>,
): Promise<GradeResult<Graded>> {
  for (let tries = 1; ; tries += 1) {
    try {
      return { kind: 'graded', graded: await grade(job, signal) }
    } catch (error) {
      signal.throwIfAborted()
      if (tries >= policy.maxFaults) return { kind: 'faulted', fault: faultOf(error) }
      await realClock.sleep(policy.waitsMs[tries - 1] ?? policy.waitsMs.at(-1) ?? 0, signal)
    }
  }
}

/** An error of ours in one job is told with the job, and does not end the others. */
function faultOf(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault
  return { kind: 'internal', message: messageOf(error) }
}
