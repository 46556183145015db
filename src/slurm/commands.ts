import type { SlurmSettings } from '../domain/slurm.ts'
import { shellJoin } from '../util/shell-quote.ts'
import script from './hold.sh' with { type: 'text' }

/** By which the jobs of a run are found again, whoever asks. */
export function jobName(runId: string): string {
  return `openswe-${runId}`
}

/**
 * How the node process is started on a machine. `~/` at the beginning of a word is the home folder there; a word may hold
 * `%a`, for the number of the machine, and `%N`, for what Slurm calls it.
 */
export interface SlurmServe {
  /** What it prints is appended to `log` here. */
  readonly folder: string
  /** It stays in the foreground; exit code 0: it has nothing left to do. The program may come to its path later. */
  readonly words: readonly string[]
}

/** What a machine is called: it is known before the machine is, and stays when Slurm gives another in its place. */
export function nodeName(index: number | '%a'): string {
  return `slurm-${index}`
}

/**
 * Asks for machines, by their numbers, at once, each as a job of its own: one comes without waiting for the others, and one that is lost
 * takes no other with it. The node process is the batch script's and not a step's, which would end with the srun that
 * started it, as would all jobs of `salloc` where a cluster has an InactiveLimit.
 */
export function submitCommand(
  settings: SlurmSettings,
  name: string,
  { indices, serve }: { readonly indices: readonly number[]; readonly serve: SlurmServe },
): string[] {
  const { partition, account, time, options } = settings
  return [
    'sbatch',
    '--parsable',
    `--job-name=${name}`,
    `--array=${indices.join(',')}`,
    ...['--nodes=1', '--ntasks=1'],
    // What the engine runs is counted to no job, so that the machine has to be ours as a whole.
    ...['--exclusive', '--mem=0'],
    // A machine that is lost is replaced.
    '--requeue',
    ...['--chdir=/', '--output=/dev/null'],
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    ...options,
    `--wrap=exec ${shellJoin(['sh', '-c', script, 'openswe', serve.folder, ...serve.words])}`,
  ]
}

/** All jobs of the name, also those that ended lately: `id|number|state|machine|reason|id of the array` a line. */
export function queueCommand(name: string): string[] {
  return ['squeue', '--me', `--name=${name}`, '--array', '--states=all', '--noheader', '--format=%A|%K|%T|%N|%r|%F']
}

/** Runs a command line beside what a job runs already; its standard input and output are those of this command. */
export function stepCommand(jobId: string, command: string): string[] {
  const job = [`--jobid=${jobId}`, '--overlap', '--nodes=1', '--ntasks=1']
  return ['srun', ...job, '--mpi=none', '--unbuffered', '--quiet', '--chdir=/', 'sh', '-c', command]
}

export function cancelCommand(taskIds: readonly string[]): string[] {
  return ['scancel', ...taskIds]
}
