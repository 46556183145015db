import { randomBytes } from 'node:crypto'
import { createContainer, removeContainer } from '../../src/docker/container-calls.ts'
import type { Engine } from '../../src/docker/engine.ts'
import { hardenedHostConfig, hostname } from '../../src/docker/host-config.ts'
import type { ContainerLimits } from '../../src/domain/container-limits.ts'
import { runProcess } from '../../src/util/process.ts'

export interface DockerRun {
  readonly engine: Engine
  readonly imageId: string
  readonly argv: readonly string[]
  readonly workingDir: string
  readonly labels: Readonly<Record<string, string>>
  readonly limits: ContainerLimits
  readonly signal: AbortSignal
}

/** What somebody would type to run a command as hardened as production does. */
export async function dockerRun(run: DockerRun): Promise<void> {
  await docker(run, ['run', '--rm', ...(await flagsOf(run)), run.imageId, ...run.argv])
}

/** Throws where the typed flags do not make the host configuration that production asks for. */
export async function requireSameHostConfig(run: DockerRun): Promise<void> {
  const { engine, imageId, labels, limits, signal } = run
  const { cpus } = await engine.facts()
  const config = hardenedHostConfig(limits, cpus)
  const typed = `openswe-bench-${randomBytes(6).toString('hex')}`
  const ours = `${typed}-ours`
  try {
    await docker(run, ['create', '--name', typed, ...(await flagsOf(run)), imageId, ...run.argv])
    const body = { Image: imageId, Cmd: run.argv, Labels: labels, HostConfig: config }
    await createContainer(engine, ours, body, signal)
    const [a, b] = [await hostConfigOf(engine, typed), await hostConfigOf(engine, ours)]
    const differing = Object.keys(config).filter((key) => !Bun.deepEquals(unordered(a[key]), unordered(b[key])))
    if (differing.length > 0)
      throw new Error(`docker run is typed with another ${differing.join(', ')} than production`)
  } finally {
    await removeContainer(engine, typed)
    await removeContainer(engine, ours)
  }
}

/** The CLI sorts its lists, and writes capabilities in full. */
function unordered(value: unknown): unknown {
  return Array.isArray(value) ? value.map((item) => JSON.stringify(item).replace('"CAP_', '"')).sort() : value
}

async function hostConfigOf(engine: Engine, name: string): Promise<Readonly<Record<string, unknown>>> {
  const found = await engine.call<{ readonly HostConfig: Readonly<Record<string, unknown>> }>({
    method: 'GET',
    path: `/containers/${name}/json`,
    doing: 'inspect a container',
  })
  return found.HostConfig
}

async function flagsOf({ engine, labels, limits, workingDir }: DockerRun): Promise<string[]> {
  const { cpus } = await engine.facts()
  const capabilities = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'KILL']
  return [
    ...['--network', 'none', '--add-host', `${hostname}:127.0.0.1`, '--hostname', hostname, '--ipc', 'private'],
    ...['--cap-drop', 'ALL', ...capabilities.flatMap((name) => ['--cap-add', name])],
    ...['--security-opt', 'no-new-privileges:true', '--init', '--user', '0:0', '--workdir', workingDir],
    ...['--memory', String(limits.memoryBytes), '--memory-swap', String(limits.memoryBytes)],
    ...['--cpus', String(Math.min(limits.cpus, cpus)), '--pids-limit', String(limits.pids), '--oom-score-adj', '500'],
    ...['--shm-size', String(limits.shmBytes ?? 64 * 1024 * 1024), '--ulimit', 'core=0:0'],
    ...['--ulimit', 'nofile=4096:16384', '--ulimit', `fsize=${limits.fileSizeBytes}:${limits.fileSizeBytes}`],
    ...['--log-driver', 'none', '--restart', 'no', '--entrypoint', ''],
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
  ]
}

async function docker({ engine, signal }: DockerRun, words: readonly string[]): Promise<void> {
  const env = { PATH: process.env.PATH ?? '', DOCKER_HOST: `unix://${engine.socketPath}`, HOME: '/nonexistent' }
  const ended = await runProcess(['docker', ...words], { env, signal, timeoutMs: 120_000 })
  if (ended.exitCode !== 0) throw new Error(`docker ${words.join(' ')}: ${ended.stderr}`)
}
