/** Why a job is over, or about to be. */
export type SlurmEnding = 'time-limit' | 'cancelled' | 'node-failed' | 'preempted' | 'failed' | 'completed' | 'ending'

/** One of the jobs of a run, each of which is one machine. */
export type SlurmJob =
  /** `reason` is Slurm's own word for it, such as `Resources`. */
  | { readonly state: 'waiting'; readonly jobId: string; readonly reason: string }
  | { readonly state: 'running'; readonly jobId: string; readonly node: string }
  | { readonly state: 'ended'; readonly jobId: string; readonly node: string; readonly ending: SlurmEnding }

/** What `queueCommand` prints. */
export function parseJobs(text: string): SlurmJob[] {
  return text.split('\n').flatMap((line) => {
    const [jobId, state, node = '', reason = ''] = line.trim().split('|')
    return jobId === undefined || state === undefined ? [] : [jobOf(jobId, state, node, reason)]
  })
}

function jobOf(jobId: string, state: string, node: string, reason: string): SlurmJob {
  if (state === 'RUNNING') return { state: 'running', jobId, node }
  const ending = endings[state]
  if (ending !== undefined) return { state: 'ended', jobId, node, ending }
  return { state: 'waiting', jobId, reason: reason === 'None' || reason === '' ? state : reason }
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
