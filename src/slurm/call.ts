import { printable } from '../util/printable.ts'
import { runProcess } from '../util/process.ts'
import { type SlurmTrouble, trouble } from './trouble.ts'

/** What Slurm's programs see of our environment. They pass all of it on to other machines, which need no secret of ours. */
export type SlurmEnvironment = Readonly<Record<string, string>>

/** The variables of ours that it takes to reach a cluster, and that a node process may want there. */
export const slurmVariables = ['PATH', 'HOME', 'USER', 'LANG', 'SLURM_CONF', 'LD_LIBRARY_PATH'] as const

export type SlurmAnswer =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'failed'; readonly trouble: SlurmTrouble }

const answerMs = 60_000

/** Runs one of Slurm's programs that asks its controller for something. */
export async function callSlurm(
  command: readonly string[],
  env: SlurmEnvironment,
  signal: AbortSignal,
): Promise<SlurmAnswer> {
  const { exitCode, stdout, stderr, ended } = await runProcess(command, { env, signal, timeoutMs: answerMs })
  signal.throwIfAborted()
  const [program = ''] = command
  if (exitCode === 0) return { kind: 'answered', text: new TextDecoder().decode(stdout) }
  if (exitCode === 127) return { kind: 'failed', trouble: noSlurm(program) }
  if (ended === 'timed-out') {
    const fix = 'see to the cluster: `scontrol ping` tells whether its controller answers'
    return { kind: 'failed', trouble: trouble('no-answer', `${program} did not end within a minute`, fix) }
  }
  const said = stderr.trim().replaceAll(/\s*\n\s*/g, '; ')
  const message = printable(said === '' ? `${program} ended with exit code ${exitCode}` : said)
  return {
    kind: 'failed',
    trouble: trouble('refused', message, 'correct [slurm] in hosts.toml, or see to the cluster'),
  }
}

export function noSlurm(program: string): SlurmTrouble {
  const fix = 'start openswe on a login node of the cluster, or install it (apt-get install slurm-client)'
  return trouble('no-slurm', `the program ${program} is not here`, fix)
}
