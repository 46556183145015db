import type { SlurmEnding, SlurmJob } from './jobs.ts'

/** Why Slurm gave no machine, or has taken it back. */
export interface SlurmTrouble {
  readonly kind: /** Its programs are not here. */
    | 'no-slurm'
    /** They do not come to an end. */
    | 'no-answer'
    /** The message holds Slurm's own words. */
    | 'refused'
    /** The machine is not there yet. */
    | 'waiting'
    /** Slurm has no job for it, or has forgotten it. */
    | 'unknown'
    | SlurmEnding
  /** One line: what happened. */
  readonly message: string
  /** What mends it. */
  readonly fix: string
}

export function trouble(kind: SlurmTrouble['kind'], message: string, fix: string): SlurmTrouble {
  return { kind, message, fix }
}

const again = 'start the run again: it continues with a new job'

/** What a job that does not run means for its machine. */
export function jobTrouble(job: Exclude<SlurmJob, { state: 'running' }> | undefined): SlurmTrouble {
  if (job === undefined) return trouble('unknown', 'Slurm knows no job of it any more', again)
  if (job.state === 'waiting') {
    const fix = `wait; \`squeue --start --job ${job.taskId}\` tells until when`
    return trouble('waiting', `job ${job.taskId} waits in Slurm's queue: ${job.reason}`, fix)
  }
  const [what, fix] = endingWords[job.ending]
  return trouble(job.ending, `${job.host === '' ? '' : `${job.host}: `}job ${job.taskId} ${what}`, fix)
}

const endingWords: Readonly<Record<SlurmEnding, readonly [what: string, fix: string]>> = {
  'time-limit': ['came to its time limit', `${again}, or with more \`time\` in [slurm]`],
  cancelled: ['was cancelled', again],
  'node-failed': ['lost its machine', again],
  preempted: ['was preempted', `${again}, or ask for another partition in [slurm]`],
  failed: ['ended with an error', 'see the log of the node process in the work folder'],
  completed: ['ended', again],
  ending: ['is about to end', again],
}
