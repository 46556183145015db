import type { Check } from '../../control/doctor.ts'
import type { HostReport } from '../../control/hosts/check.ts'
import { counted } from '../../util/counted.ts'
import { printable } from '../../util/printable.ts'
import { formatBytes } from '../../util/quantity.ts'
import { checkColours } from '../colour.ts'
import { colouredTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** What `openswe hosts check --json` prints of a host; null stands for what it did not tell. */
export function checkJson({ host, state, checks, facts }: HostReport): unknown {
  const docker = facts?.docker.state === 'answers' ? facts.docker : null
  return {
    host: host.name,
    address: host.address,
    state,
    labels: host.labels,
    slots: host.slots ?? null,
    system: facts?.platform ?? facts?.system ?? null,
    os: facts?.os ?? null,
    libc: facts?.libc ?? null,
    cpus: facts?.cpus ?? null,
    memory_bytes: facts?.memoryBytes ?? null,
    available_memory_bytes: facts?.availableMemoryBytes ?? null,
    free_bytes: facts?.work.disk?.freeBytes ?? null,
    clock_ahead_ms: facts?.clock === undefined ? null : Math.round(facts.clock.aheadMs),
    docker: docker === null ? null : dockerJson(docker),
    checks,
  }
}

function dockerJson({
  engine,
  pythons,
  disk,
}: Extract<NonNullable<HostReport['facts']>['docker'], { state: 'answers' }>) {
  return {
    version: engine.version,
    api_version: engine.apiVersion,
    storage_driver: engine.storageDriver,
    free_bytes: disk?.freeBytes ?? null,
    base_images: pythons,
  }
}

const heads = ['host', 'state', 'system', 'CPUs', 'memory', 'free', 'Docker', 'storage', 'base images']

/** A row a host, and below it a line for each problem with what mends it. */
export function checkTable(reports: readonly HostReport[], terminal: Terminal): string {
  const rows = reports.map((report) => ({
    cells: cellsOf(report),
    colour: checkColours[report.state],
    below: report.checks.filter(({ state }) => state !== 'ok').flatMap(problemLines),
  }))
  return colouredTable(terminal, [{ cells: heads, colour: 'bold' }, ...rows])
}

function cellsOf({ host, state, facts }: HostReport): string[] {
  if (facts === null) return [host.name, state]
  const { platform, system = '?', cpus, memoryBytes, work, docker } = facts
  const engine = docker.state === 'answers' ? docker : null
  return [
    host.name,
    state,
    platform ?? system,
    cpus === undefined ? '?' : String(cpus),
    memoryBytes === undefined ? '?' : formatBytes(memoryBytes),
    work.disk === undefined ? '?' : formatBytes(work.disk.freeBytes),
    engine === null ? '-' : engine.engine.version,
    engine === null ? '-' : engine.engine.storageDriver,
    engine === null ? '-' : engine.pythons.join(', '),
  ]
}

function problemLines({ name, found, fix }: Check): string[] {
  const problem = `    ${name}: ${printable(found)}`
  return fix === undefined ? [problem] : [problem, `      → ${printable(fix)}`]
}

/** `3 hosts: 1 ok, 1 usable with warnings, 1 not usable`. */
export function checkSummary(reports: readonly HostReport[]): string {
  const count = (state: Check['state']) => reports.filter((report) => report.state === state).length
  const words = [`${count('ok')} ok`, `${count('warning')} usable with warnings`, `${count('missing')} not usable`]
  return `${counted(reports.length, 'host')}: ${words.join(', ')}\n`
}
