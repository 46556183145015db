import { existsSync, statfsSync } from 'node:fs'
import { environmentVariable } from '../config/process-environment.ts'
import type { Engine, EngineFacts } from '../docker/engine.ts'
import { findImage } from '../docker/images.ts'
import { FaultError } from '../domain/fault.ts'
import { nearestFolder } from '../util/nearest-folder.ts'
import { runProcess } from '../util/process.ts'
import { formatBytes } from '../util/quantity.ts'
import { supportedPythons } from './base-images-flavour.ts'
import { baseImageName } from './base-images-template.ts'
import { openAdvisories } from './runc-advisories.ts'

/** One thing a machine has or lacks. `missing` keeps a run from starting; a warning does not. */
export interface Check {
  readonly name: string
  readonly state: 'ok' | 'warning' | 'missing'
  readonly found: string
  /** What mends it; absent where it is ok. */
  readonly fix?: string
}

export interface Examination {
  readonly checks: readonly Check[]
  /** Null where the engine does not answer. */
  readonly facts: EngineFacts | null
  /** Python versions whose base image is here, oldest first. */
  readonly pythonVersions: readonly string[]
}

/** Where programs are looked for. */
function searchPath(): string {
  return environmentVariable('PATH') ?? '/usr/local/bin:/usr/bin:/bin'
}

const lowestApi = [1, 41]
const scarceBytes = 20 * 2 ** 30
const scarceShare = 0.1

/** Looks at everything a run needs, and never stops at the first thing that is missing. */
export async function examine(engine: Engine, folder: string): Promise<Examination> {
  const { facts, check } = await reach(engine)
  const pythonVersions = facts === null ? [] : await presentPythons(engine)
  return {
    facts,
    pythonVersions,
    checks: [
      check,
      ...(facts === null ? [] : engineChecks(facts)),
      ...(facts === null ? [] : [baseImageCheck(pythonVersions)]),
      await gitCheck(),
      ...diskChecks('disk here', folder),
      ...(facts === null || !existsSync(facts.dataRoot) ? [] : diskChecks("the engine's disk", facts.dataRoot)),
      debootstrapCheck(),
    ],
  }
}

async function reach(engine: Engine): Promise<{ facts: EngineFacts | null; check: Check }> {
  try {
    const facts = await engine.facts()
    const found = `Docker ${facts.version}, ${facts.cpus} CPUs, ${formatBytes(facts.memoryBytes)}`
    return { facts, check: { name: 'engine', state: 'ok', found } }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    const fix = 'start Docker (`systemctl start docker`), or name its socket by DOCKER_HOST=unix:///path'
    return { facts: null, check: { name: 'engine', state: 'missing', found: error.message, fix } }
  }
}

async function presentPythons(engine: Engine): Promise<string[]> {
  const present: string[] = []
  for (const python of supportedPythons) {
    if ((await findImage(engine, baseImageName(python))) !== null) present.push(python)
  }
  return present
}

export function engineChecks(facts: EngineFacts): Check[] {
  return [apiCheck(facts), cgroupCheck(facts), storageCheck(facts), runcCheck(facts)]
}

function apiCheck({ apiVersion }: EngineFacts): Check {
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number)
  const isEnough = major > (lowestApi[0] ?? 0) || (major === lowestApi[0] && minor >= (lowestApi[1] ?? 0))
  const found = `API ${apiVersion}`
  if (isEnough) return { name: 'engine API', state: 'ok', found }
  return {
    name: 'engine API',
    state: 'missing',
    found,
    fix: `install Docker 20.10 (API ${lowestApi.join('.')}) or later`,
  }
}

function cgroupCheck({ cgroupVersion }: EngineFacts): Check {
  const found = `version ${cgroupVersion}`
  if (cgroupVersion === 2) return { name: 'cgroup', state: 'ok', found }
  const fix = 'works; version 2 limits memory more exactly (boot with systemd.unified_cgroup_hierarchy=1)'
  return { name: 'cgroup', state: 'warning', found, fix }
}

function storageCheck({ storageDriver }: EngineFacts): Check {
  if (storageDriver.startsWith('overlay')) return { name: 'storage driver', state: 'ok', found: storageDriver }
  const fix =
    'set "storage-driver": "overlay2" in /etc/docker/daemon.json: others copy a whole image for each container'
  return { name: 'storage driver', state: 'warning', found: storageDriver, fix }
}

function runcCheck({ runcVersion }: EngineFacts): Check {
  if (runcVersion === undefined) return { name: 'runc', state: 'ok', found: 'not said by the engine' }
  const open = openAdvisories(runcVersion)
  if (open.length === 0) return { name: 'runc', state: 'ok', found: runcVersion }
  const found = `${runcVersion}: ${open.join(', ')} open upstream`
  const fix = 'update runc (containerd.io), or see that your distribution patched it: untrusted code runs here'
  return { name: 'runc', state: 'warning', found, fix }
}

function baseImageCheck(pythonVersions: readonly string[]): Check {
  if (pythonVersions.length > 0) return { name: 'base images', state: 'ok', found: pythonVersions.join(', ') }
  return { name: 'base images', state: 'missing', found: 'none', fix: 'openswe images build' }
}

async function gitCheck(): Promise<Check> {
  const { exitCode, stdout } = await runProcess(['git', '--version'], { env: { PATH: searchPath() } })
  const found = new TextDecoder().decode(stdout).trim()
  if (exitCode === 0) return { name: 'git', state: 'ok', found }
  return { name: 'git', state: 'missing', found: 'not found', fix: 'apt-get install git' }
}

function diskChecks(name: string, folder: string): Check[] {
  const { bavail, bsize, files, ffree } = statfsSync(nearestFolder(folder))
  return [diskCheck(name, { folder, freeBytes: bavail * bsize, freeInodes: files === 0 ? 1 : ffree / files })]
}

export interface DiskFacts {
  readonly folder: string
  readonly freeBytes: number
  /** Of 1; 1 where the file system has no bound on them. */
  readonly freeInodes: number
}

export function diskCheck(name: string, { folder, freeBytes, freeInodes }: DiskFacts): Check {
  const found = `${formatBytes(freeBytes)} and ${Math.round(100 * freeInodes)} % of the inodes free (${folder})`
  if (freeBytes >= scarceBytes && freeInodes >= scarceShare) return { name, state: 'ok', found }
  const fix = `${formatBytes(scarceBytes)} and 10 % are wanted: \`openswe prune\` removes what openswe left`
  return { name, state: 'warning', found, fix }
}

function debootstrapCheck(): Check {
  if (Bun.which('debootstrap', { PATH: `${searchPath()}:/usr/sbin:/sbin` }) !== null) {
    return { name: 'debootstrap', state: 'ok', found: 'there' }
  }
  const fix = 'apt-get install debootstrap (only to build base images without an image registry)'
  return { name: 'debootstrap', state: 'warning', found: 'not found', fix }
}
