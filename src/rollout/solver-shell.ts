import type { AgentContainer, CommandEnd, CommandRun } from '../docker/agent-container.ts'
import { testbedPath } from '../domain/environment.ts'
import { formatBytes } from '../util/quantity.ts'
import { shownText } from './shown-text.ts'

/** Programs that would wait for somebody to turn pages, or draw bars, do not. */
export const shellEnvironment: Readonly<Record<string, string>> = {
  PAGER: 'cat',
  MANPAGER: 'cat',
  GIT_PAGER: 'cat',
  LESS: '-R',
  PIP_PROGRESS_BAR: 'off',
  TQDM_DISABLE: '1',
}

/** Each step is taken even if the one before fails: a solver may have broken what it is about. */
const prologue = `exec 2>&1 </dev/null; . /opt/conda/etc/profile.d/conda.sh; conda activate testbed; cd ${testbedPath}; exec /bin/bash -c "$1"`

/** The kernel refuses an argument of 128 KiB. */
const maxCommandBytes = 120 * 1024

export interface ShownRun {
  readonly text: string
  /** Null where it did not end by itself. */
  readonly exitCode: number | null
}

/** Why a command cannot be run; null where it can. */
export function commandProblem(command: string): string | null {
  const bytes = Buffer.byteLength(command)
  if (bytes <= maxCommandBytes) return null
  return `The command has ${bytes} bytes, and cannot have more than ${maxCommandBytes}: write a long file in parts.`
}

/** Runs a command as a solver wrote it, in the repository with its environment active, and tells what came of it. */
export async function runInShell(container: AgentContainer, command: string): Promise<ShownRun> {
  const run = await container.run(['/bin/bash', '-c', prologue, 'bash', command], command)
  return { text: textOf(run), exitCode: run.end.kind === 'exited' ? run.end.exitCode : null }
}

function textOf({ end, output, isRestarted }: CommandRun): string {
  const printed = shownText(output)
  const lines = [
    ...(isRestarted && end.kind !== 'not-started' ? ['[what was running in the container had ended before]'] : []),
    ...(printed === '' ? [] : [printed.replace(/\n$/, '')]),
    `[${wordsOf(end)}]`,
  ]
  return lines.join('\n')
}

function wordsOf(end: CommandEnd): string {
  switch (end.kind) {
    case 'exited':
      return `exit code ${end.exitCode}`
    case 'timed-out':
      return `stopped after ${end.afterMs / 1000} seconds, together with all that was running`
    case 'output-limit':
      return `stopped after it had printed ${formatBytes(end.limitBytes)}, together with all that was running`
    case 'disk-limit':
      return `stopped, together with all that was running: more than ${formatBytes(end.limitBytes)} were written to the disk; delete what is not needed`
    case 'not-started':
      return 'not run: no program can be started in the container any more'
  }
}
