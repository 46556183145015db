/** Why a job is over, or about to be. */
export type SlurmEnding = 'time-limit' | 'cancelled' | 'node-failed' | 'preempted' | 'failed' | 'completed' | 'ending'

interface JobKey {
  /** Of a job that waits, that of all that were asked for with it. */
  readonly jobId: string
  /** This one alone, as `JOB_INDEX`; for scancel, and for people. */
  readonly taskId: string
  /** Which of the machines that were asked for, from 1. */
  readonly index: number
}

/** One of the jobs of a run, each of which is one machine; `host` is Slurm's name for it. */
export type SlurmJob =
  /** `reason` is Slurm's own word for it, such as `Resources`. */
  | (JobKey & { readonly state: 'waiting'; readonly reason: string })
  | (JobKey & { readonly state: 'running'; readonly host: string })
  | (JobKey & { readonly state: 'ended'; readonly host: string; readonly ending: SlurmEnding })

/** What `queueCommand` prints, the newest job last. */
export function parseJobs(text: string): SlurmJob[] {
  const jobs = text.split('\n').flatMap((line) => {
    const [jobId, index, state, host = '', reason = '', arrayId] = line.trim().split('|')
    if (jobId === undefined || state === undefined) return []
    return [jobOf({ jobId, taskId: `${arrayId}_${index}`, index: Number(index) }, state, host, reason)]
  })
  return jobs.toSorted((a, b) => Number(a.jobId) - Number(b.jobId))
}

function jobOf(key: JobKey, state: string, host: string, reason: string): SlurmJob {
  if (state === 'RUNNING') return { ...key, state: 'running', host }
  const ending = endings[state]
  if (ending !== undefined) return { ...key, state: 'ended', host, ending }
  return { ...key, state: 'waiting', reason: reason === 'None' || reason === '' ? state : reason }
}

/** Every other state is one in which a job may still run, or run again. */
const endings: Readonly<Record<string, SlurmEnding>> = {
  COMPLETING: 'ending',
  COMPLETED: 'completed',
  CANCELLED: 'cancelled',
  TIMEOUT: 'time-limit',
  DEADLINE: 'time-limit',
  NODE_FAIL: 'node-failed',
  BOOT_FAIL: 'node-failed',
  PREEMPTED: 'preempted',
  FAILED: 'failed',
  OUT_OF_MEMORY: 'failed',
  REVOKED: 'cancelled',
}
