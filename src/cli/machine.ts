import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { environmentVariable } from '../config/process-environment.ts'
import { type Check, examine } from '../control/doctor.ts'
import { Engine, type EngineFacts } from '../docker/engine.ts'
import { sweepScratches } from '../git/scratch.ts'
import { PreflightError } from './errors.ts'

/** What a run needs to know about the machine it is on. */
export interface Machine {
  readonly facts: EngineFacts
  readonly pythonVersions: readonly string[]
  /** Keeps the bare repositories from run to run. */
  readonly cacheDir: string
  /** Scratch space, a folder a run. */
  readonly workRoot: string
}

/** The engine that Docker's own client would talk to, where that is a local socket. */
export function connectEngine(): Engine {
  const host = environmentVariable('DOCKER_HOST')
  if (host === undefined) return Engine.connect()
  if (!host.startsWith('unix://')) {
    throw new PreflightError(
      `DOCKER_HOST is ${host}, and only unix:// sockets are supported — unset it, or name a socket`,
    )
  }
  return Engine.connect({ socketPath: host.slice('unix://'.length) })
}

/**
 * Removes what killed processes left, and throws PreflightError, with everything that is missing at once, where no run
 * could start here. `fixes` are what mends it, by the name of a check, where another than usual is to be told.
 */
export async function prepareMachine(
  engine: Engine,
  cache: string | undefined,
  fixes: Readonly<Record<string, string>> = {},
): Promise<Machine> {
  const cacheDir = resolve(cache ?? defaultCacheDir())
  await sweepScratches()
  const { checks, facts, pythonVersions } = await examine(engine, cacheDir)
  const missing = checks.filter((check) => check.state === 'missing')
  if (facts === null || missing.length > 0) {
    throw new PreflightError(missing.map((check) => problemLine({ ...check, ...fixOf(check, fixes) })).join('\n'))
  }
  return { facts, pythonVersions, cacheDir: join(cacheDir, 'repositories'), workRoot: join(cacheDir, 'work') }
}

function fixOf({ name }: Check, fixes: Readonly<Record<string, string>>): Pick<Check, 'fix'> {
  const fix = fixes[name]
  return fix === undefined ? {} : { fix }
}

function problemLine(check: Check): string {
  return `${check.name}: ${check.found}${check.fix === undefined ? '' : ` — ${check.fix}`}`
}

/** The folder of the bare repositories that are kept. */
export function repositoriesIn(cache: string | undefined): string {
  return join(resolve(cache ?? defaultCacheDir()), 'repositories')
}

export function defaultCacheDir(): string {
  return join(environmentVariable('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'openswe')
}
