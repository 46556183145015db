import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ProcessOptions, type ProcessResult, runProcess } from '../../src/util/process.ts'
import { mustRun } from './must-run.ts'
import { ProcessLog } from './process-log.ts'

export interface MachineProcess {
  /** As seen from here. */
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly argv: readonly string[]
}

type MachineShell = Bun.Subprocess<'pipe', 'pipe', 'ignore'>

/**
 * A machine within this one: processes, mounts, network and host name of its own. Its first process is a shell that reads
 * its orders from this process: where this one ends, in whatever way, the machine and all that runs in it ends too.
 */
export class Machine implements AsyncDisposable {
  /** Of its first process, as seen from here. */
  readonly pid: number
  /** What its first process and its services print. */
  readonly log: ProcessLog
  readonly #shell: MachineShell
  #orders: number

  private constructor(shell: MachineShell, log: ProcessLog, pid: number) {
    this.#shell = shell
    this.#orders = 0
    this.log = log
    this.pid = pid
  }

  /** Its `/run` and `/tmp` are `run` and `tmp` of the folder, empty at the start as after any boot. */
  static async start(name: string, folder: string): Promise<Machine> {
    for (const own of ['run', 'tmp']) {
      await rm(join(folder, own), { recursive: true, force: true })
      await mkdir(join(folder, own))
    }
    const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc', '--fork', '--mount-proc']
    const command = `exec unshare ${namespaces.join(' ')} bash --noprofile --norc 2>&1`
    const shell = Bun.spawn(['sh', '-c', command], { stdio: ['pipe', 'pipe', 'ignore'] })
    const log = new ProcessLog(shell.stdout)
    try {
      await perform(shell, log, 0, bootScript(name, folder))
      const child = await readFile(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8')
      return new Machine(shell, log, Number(child))
    } catch (error) {
      shell.kill('SIGKILL')
      throw new Error(`no namespaces for a machine: ${log.text}`, { cause: error })
    }
  }

  /** Has the first process run a script; what it starts with `&` stays, as a service. Throws where a command fails. */
  async order(script: string): Promise<void> {
    this.#orders += 1
    await perform(this.#shell, this.log, this.#orders, script)
  }

  /** Runs a program in the machine to its end. */
  run(argv: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    return runProcess(this.#within(argv), options)
  }

  /** What a program in the machine prints; throws where it fails. */
  tell(argv: readonly string[], options: ProcessOptions = {}): Promise<string> {
    return mustRun(this.#within(argv), options)
  }

  /** Everything that runs in it, containers included, but for its first process. */
  async processes(): Promise<readonly MachineProcess[]> {
    const byParent = Map.groupBy(await processTable(), ({ parent }) => parent)
    const below = (pid: number): readonly MachineProcess[] =>
      (byParent.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)])
    return below(this.pid)
  }

  /** As power that fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#shell.exitCode === null && this.#shell.signalCode === null) signalIfThere(this.pid, 'SIGKILL')
    await this.#shell.exited
  }

  #within(argv: readonly string[]): readonly string[] {
    return ['nsenter', `--target=${this.pid}`, '--mount', '--net', '--pid', '--uts', '--ipc', '--wd=/', '--', ...argv]
  }
}

function bootScript(name: string, folder: string): string {
  return [
    `mount --bind ${folder}/tmp /tmp && chmod 1777 /tmp`,
    `mount --bind ${folder}/run /run`,
    'mkdir -p /run/sshd /run/lock /run/etc-docker /etc/docker',
    // An engine's identity is there, whatever its settings say.
    'mount --bind /run/etc-docker /etc/docker',
    `hostname ${name}`,
    'ip link set lo up',
  ].join('\n')
}

/** The shell's input is its script: nothing that it runs may read from there. */
async function perform(shell: MachineShell, log: ProcessLog, order: number, script: string): Promise<void> {
  shell.stdin.write(`(set -e\n${script}\n) </dev/null\necho "order ${order}: $?"\n`)
  await shell.stdin.flush()
  await log.until(new RegExp(`^order ${order}: \\d+$`, 'm'))
  if (!new RegExp(`^order ${order}: 0$`, 'm').test(log.text)) throw new Error(`failed:\n${script}\n${log.text}`)
}

export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Every process of this machine that has not ended. */
async function processTable(): Promise<readonly MachineProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const table = (await Promise.all(pids.map(readOne))).filter((one) => one !== undefined)
  const known = new Set([0, ...table.map(({ pid }) => pid)])
  // A parent that ended meanwhile: its children have another one by now.
  return table.every(({ parent }) => known.has(parent)) ? table : await processTable()
}

async function readOne(pid: string): Promise<MachineProcess | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return undefined
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    return { pid: Number(pid), parent: Number(parent), name, argv }
  } catch (error) {
    // It ended between the look into the folder and the look at it.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined
    throw error
  }
}
