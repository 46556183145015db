import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProcess } from '../../src/util/process.ts'
import { freePorts } from './free-port.ts'

export interface SlurmOptions {
  /** Machines of the cluster, `n1` and so on, all of them this one. */
  readonly nodes?: number
}

/** A real Slurm on free ports of loopback: munged, slurmctld, and a slurmd for each of its machines. */
export class TestSlurm implements AsyncDisposable {
  readonly folder: string
  /** What Slurm's programs need to reach it. */
  readonly environment: Readonly<Record<string, string>>
  readonly #daemons: Bun.Subprocess[] = []

  private constructor(folder: string) {
    this.folder = folder
    this.environment = {
      PATH: `${process.env.PATH ?? ''}:/usr/sbin`,
      HOME: folder,
      SLURM_CONF: join(folder, 'slurm.conf'),
    }
  }

  static async start({ nodes = 1 }: SlurmOptions = {}): Promise<TestSlurm> {
    const slurm = new TestSlurm(await mkdtemp(join(tmpdir(), 'openswe-slurm-')))
    try {
      await slurm.#start(Array.from({ length: nodes }, (_, index) => `n${index + 1}`))
      return slurm
    } catch (error) {
      await slurm[Symbol.asyncDispose]()
      throw error
    }
  }

  async #start(names: readonly string[]): Promise<void> {
    const [port = 0, ...nodePorts] = await freePorts(1 + names.length)
    const machines = names.map((name, index) => ({ name, port: nodePorts[index] ?? 0 }))
    await writeFile(join(this.folder, 'slurm.conf'), configOf(this.folder, port, machines))
    await writeFile(join(this.folder, 'key'), crypto.getRandomValues(new Uint8Array(128)), { mode: 0o400 })
    this.#spawn(['munged', '--foreground', '--force', ...mungeFiles(this.folder)])
    await this.until(
      async () => (await runProcess(['munge', '-n', `--socket=${join(this.folder, 'munge')}`])).exitCode === 0,
    )
    this.#spawn(['slurmctld', '-D'])
    for (const name of names) this.#spawn(['slurmd', '-D', '-N', name])
    const idle = names.map(() => 'idle').join('\n')
    await this.until(async () => (await this.ask('sinfo', '--noheader', '--Node', '--format=%t')).trim() === idle)
  }

  #spawn(argv: readonly string[]): void {
    const log = Bun.file(join(this.folder, `${this.#daemons.length}-${argv[0]}.log`))
    this.#daemons.push(
      Bun.spawn([...argv], { env: { ...this.environment }, stdin: 'ignore', stdout: log, stderr: log }),
    )
  }

  /** What one of Slurm's programs prints; nothing where it fails. */
  async ask(...command: readonly string[]): Promise<string> {
    const { stdout } = await runProcess(command, { env: this.environment })
    return new TextDecoder().decode(stdout)
  }

  /** Asks again and again, until it is so; a cluster tells nobody when its state changes. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await isSo()); tries += 1) {
      if (tries > 1200) throw new Error(`Slurm does not come to it: ${await this.#logs()}`)
      await Bun.sleep(50)
    }
  }

  async #logs(): Promise<string> {
    const files = (await readdir(this.folder)).filter((file) => file.endsWith('.log'))
    const logs = await Promise.all(files.map((file) => readFile(join(this.folder, file), 'utf8')))
    return logs.map((log) => log.slice(-2_000)).join('\n')
  }

  /** Ends all that was started by it or in it, told by the configuration that it was started with. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let left = await this.#processes(); left.length > 0; left = await this.#processes()) {
      for (const pid of left) killIfThere(pid)
      await Bun.sleep(10)
    }
    await Promise.all(this.#daemons.map((daemon) => daemon.exited))
    await rm(this.folder, { recursive: true })
  }

  async #processes(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const ours = pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
      return environment.split('\0').includes(`SLURM_CONF=${this.environment.SLURM_CONF}`) ? [Number(pid)] : []
    })
    return (await Promise.all(ours)).flat()
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}

function mungeFiles(folder: string): string[] {
  const files = {
    'key-file': 'key',
    socket: 'munge',
    'pid-file': 'munged.pid',
    'log-file': 'munge.log',
    'seed-file': 'seed',
  }
  return Object.entries(files).map(([option, file]) => `--${option}=${join(folder, file)}`)
}

function configOf(folder: string, port: number, machines: readonly { readonly name: string; readonly port: number }[]) {
  const user = process.getuid?.() ?? 0
  return [
    'ClusterName=openswe-test',
    'SlurmctldHost=localhost(127.0.0.1)',
    `SlurmctldPort=${port}`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    `AuthInfo=socket=${join(folder, 'munge')}`,
    `StateSaveLocation=${folder}`,
    `SlurmdSpoolDir=${join(folder, 'spool-%n')}`,
    `SlurmctldPidFile=${join(folder, 'slurmctld.pid')}`,
    `SlurmdPidFile=${join(folder, 'slurmd-%n.pid')}`,
    // As far as a machine has it without privileges, without cgroups, and without a database.
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'JobAcctGatherType=jobacct_gather/none',
    'MpiDefault=none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU',
    'SlurmdParameters=config_overrides',
    'SchedulerParameters=sched_min_interval=0,sched_interval=1,batch_sched_delay=0',
    'ReturnToService=2',
    'KillWait=1',
    ...machines.map(
      (one) => `NodeName=${one.name} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${one.port} CPUs=4 RealMemory=256`,
    ),
    'PartitionName=main Nodes=ALL Default=YES State=UP',
    '',
  ].join('\n')
}
