import { defaultSlots } from '../../domain/capacity.ts'
import type { Host } from '../../domain/host.ts'
import { formatBytes, formatDuration } from '../../util/quantity.ts'
import { type Check, diskCheck, engineChecks } from '../doctor.ts'
import type { DockerFacts, HostFacts } from './facts.ts'

/** What the runtime of the binary needs. */
const lowestGlibc = [2, 17] as const

/** Leases go by other clocks; logs, package dates and certificates do not. */
const largestSkewMs = 5_000

/** What a host has and lacks for its part in a fleet, in the order in which one would mend it. */
export function judgeHost(host: Host, facts: HostFacts): Check[] {
  return [
    systemCheck(facts),
    libcCheck(facts),
    ...avx2Checks(facts),
    ...clockChecks(facts),
    ...slotsChecks(host, facts),
    gitCheck(facts),
    workFolderCheck(host, facts),
    ...(facts.work.disk === undefined ? [] : [diskCheck('disk', facts.work.disk)]),
    ...dockerChecks(host, facts),
  ]
}

function systemCheck({ system = 'unknown', os = '', platform }: HostFacts): Check {
  const found = [system, os].filter((word) => word !== '').join(', ')
  if (platform !== undefined) return { name: 'system', state: 'ok', found }
  return {
    name: 'system',
    state: 'missing',
    found,
    fix: 'take a Linux host on x86-64 or ARM64: there is no binary for this',
  }
}

function libcCheck({ libc = 'unknown', glibc }: HostFacts): Check {
  if (glibc === undefined) {
    const isMusl = /musl/i.test(libc)
    const fix = 'take a host with glibc, such as Debian, Ubuntu or RHEL: the binary needs it'
    return { name: 'libc', state: isMusl ? 'missing' : 'warning', found: libc, fix }
  }
  const [major, minor] = glibc
  const isEnough = major > lowestGlibc[0] || (major === lowestGlibc[0] && minor >= lowestGlibc[1])
  const found = `glibc ${major}.${minor}`
  if (isEnough) return { name: 'libc', state: 'ok', found }
  return { name: 'libc', state: 'missing', found, fix: `update the system: glibc ${lowestGlibc.join('.')} is needed` }
}

function avx2Checks({ platform, hasAvx2 }: HostFacts): Check[] {
  if (platform !== 'linux-x64' || hasAvx2) return []
  const fix = 'build the binary for it: bun tools/build.ts --target bun-linux-x64-baseline'
  return [{ name: 'CPU', state: 'warning', found: 'no AVX2', fix }]
}

function clockChecks({ clock }: HostFacts): Check[] {
  if (clock === undefined) return []
  const { aheadMs, uncertainMs } = clock
  const found = `${formatDuration(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine`
  if (Math.abs(aheadMs) - uncertainMs <= largestSkewMs) return [{ name: 'clock', state: 'ok', found }]
  return [{ name: 'clock', state: 'warning', found, fix: 'set it by the network on both: timedatectl set-ntp true' }]
}

function slotsChecks({ slots }: Host, { cpus, memoryBytes, docker }: HostFacts): Check[] {
  if (cpus === undefined || memoryBytes === undefined) return []
  const disk = docker.state === 'answers' ? docker.disk : undefined
  const free = disk === undefined ? '' : `, ${formatBytes(disk.freeBytes)} of disk free`
  const has = `${cpus} CPUs, ${formatBytes(memoryBytes)}${free}`
  const fitting = defaultSlots({ cpus, memoryBytes, ...(disk === undefined ? {} : { freeDiskBytes: disk.freeBytes }) })
  if (slots === undefined || slots <= fitting)
    return [{ name: 'slots', state: 'ok', found: `${slots ?? fitting}: ${has}` }]
  const fix = `a slot wants a CPU, 4 GiB of memory and 10 GiB of disk: slots = ${fitting}`
  return [{ name: 'slots', state: 'warning', found: `${slots} on ${has}`, fix }]
}

function gitCheck({ git }: HostFacts): Check {
  if (git !== undefined) return { name: 'git', state: 'ok', found: git }
  return { name: 'git', state: 'missing', found: 'not found', fix: 'apt-get install git' }
}

function workFolderCheck(
  host: Host,
  { work: { trial, folder = host.workFolder }, user = 'the account' }: HostFacts,
): Check {
  const name = 'work folder'
  switch (trial ?? 'untried') {
    case 'fine':
      return { name, state: 'ok', found: host.workFolder }
    case 'not-a-folder':
      return { name, state: 'missing', found: `${folder} is no folder`, fix: 'name another by work_folder' }
    case 'not-writable': {
      const fix = `give it to ${user} (chown), or name another by work_folder`
      return { name, state: 'missing', found: `${user} cannot write to ${folder}`, fix }
    }
    case 'no-exec': {
      const fix = 'mount it without noexec, or name another by work_folder: the binary runs from there'
      return { name, state: 'missing', found: `no program can be run from ${folder}`, fix }
    }
    case 'untried':
      return { name, state: 'warning', found: 'not tried', fix: 'see whether mktemp works on the host' }
  }
}

function dockerChecks({ dockerSocket }: Host, { docker, user = 'the account' }: HostFacts): Check[] {
  const name = 'engine'
  switch (docker.state) {
    case 'absent': {
      const fix = 'install Docker and start it (apt-get install docker.io), or correct docker_socket'
      return [{ name, state: 'missing', found: `no socket at ${dockerSocket}`, fix }]
    }
    case 'denied': {
      const { group = 'docker' } = docker
      const fix = `usermod -aG ${group === 'root' ? 'docker' : group} ${user}`
      return [{ name, state: 'missing', found: `${user} may not use ${dockerSocket}`, fix }]
    }
    case 'silent': {
      const fix = 'start it anew: systemctl restart docker'
      return [{ name, state: 'missing', found: `Docker at ${dockerSocket} does not answer`, fix }]
    }
    case 'no-client': {
      const fix = 'apt-get install curl'
      return [{ name, state: 'warning', found: 'neither docker nor curl is there to ask it by', fix }]
    }
    case 'unknown':
      return [{ name, state: 'missing', found: 'not found out', fix: 'see whether the host answers in time' }]
    case 'answers':
      return answeringChecks(docker)
  }
}

function answeringChecks({ engine, pythons, disk }: Extract<DockerFacts, { state: 'answers' }>): Check[] {
  return [
    { name: 'engine', state: 'ok', found: `Docker ${engine.version}` },
    ...engineChecks(engine),
    ...(disk === undefined ? [] : [diskCheck("the engine's disk", disk)]),
    baseImagesCheck(pythons),
  ]
}

function baseImagesCheck(pythons: readonly string[]): Check {
  if (pythons.length > 0) return { name: 'base images', state: 'ok', found: pythons.join(', ') }
  const fix = 'openswe hosts images builds them there, and with --from-here sends those of this machine'
  return { name: 'base images', state: 'missing', found: 'none', fix }
}
