import { expect, test } from 'bun:test'
import type { HostFacts } from '../../../src/control/hosts/facts.ts'
import { judgeHost } from '../../../src/control/hosts/judge.ts'
import { type Host, hostDefaults } from '../../../src/domain/host.ts'

const host: Host = { name: 'n1', address: 'n1', ...hostDefaults }

const disk = { folder: '/', freeBytes: 2 ** 40, freeInodes: 1 }

const fine: HostFacts = {
  user: 'me',
  system: 'Linux x86_64',
  platform: 'linux-x64',
  os: 'Debian',
  libc: 'glibc 2.36',
  glibc: [2, 36],
  hasAvx2: true,
  cpus: 8,
  memoryBytes: 32 * 2 ** 30,
  git: 'git version 2.39.5',
  clock: { aheadMs: 20, uncertainMs: 10 },
  work: { trial: 'fine', disk },
  docker: {
    state: 'answers',
    engine: {
      version: '27.1',
      apiVersion: '1.46',
      storageDriver: 'overlay2',
      cgroupVersion: 2,
      cpus: 8,
      memoryBytes: 32 * 2 ** 30,
      dataRoot: '/d',
    },
    pythons: ['3.11'],
  },
}

/** What is not ok, as a line each. */
function problems(changes: Partial<HostFacts>, hostChanges: Partial<Host> = {}): string[] {
  const checks = judgeHost({ ...host, ...hostChanges }, { ...fine, ...changes })
  return checks
    .filter(({ state }) => state !== 'ok')
    .map(({ state, name, found, fix }) => `${state} ${name}: ${found} → ${fix}`)
}

test('a host that has everything has no problem', () => {
  expect(problems({})).toEqual([])
})

test('each thing that is missing is named with what mends it', () => {
  const { platform: _, ...riscv } = { ...fine, system: 'Linux riscv64' }
  const { glibc: __, ...musl } = { ...fine, libc: 'musl libc (x86_64)' }
  const { git: ___, ...withoutGit } = fine
  const docker = fine.docker.state === 'answers' ? fine.docker : null
  if (docker === null) throw new Error('no docker')
  const lines: readonly (readonly [HostFacts, string])[] = [
    [
      riscv,
      'missing system: Linux riscv64, Debian → take a Linux host on x86-64 or ARM64: there is no binary for this',
    ],
    [
      musl,
      'missing libc: musl libc (x86_64) → take a host with glibc, such as Debian, Ubuntu or RHEL: the binary needs it',
    ],
    [{ ...fine, glibc: [2, 12] }, 'missing libc: glibc 2.12 → update the system: glibc 2.17 is needed'],
    [
      { ...fine, hasAvx2: false },
      'warning CPU: no AVX2 → build the binary for it: bun tools/build.ts --target bun-linux-x64-baseline',
    ],
    [
      { ...fine, clock: { aheadMs: -3_600_000, uncertainMs: 100 } },
      'warning clock: 1h00m behind this machine → set it by the network on both: timedatectl set-ntp true',
    ],
    [withoutGit, 'missing git: not found → apt-get install git'],
    [
      { ...fine, work: { trial: 'no-exec', folder: '/data' } },
      'missing work folder: no program can be run from /data → mount it without noexec, or name another by work_folder: the binary runs from there',
    ],
    [
      { ...fine, work: { trial: 'not-writable', folder: '/data' } },
      'missing work folder: me cannot write to /data → give it to me (chown), or name another by work_folder',
    ],
    [
      { ...fine, work: { trial: 'fine', disk: { ...disk, freeBytes: 2 ** 30 } } },
      'warning disk: 1.0 GiB and 100 % of the inodes free (/) → 20.0 GiB and 10 % are wanted: `openswe prune` removes what openswe left',
    ],
    [
      { ...fine, docker: { state: 'absent' } },
      'missing engine: no socket at /var/run/docker.sock → install Docker and start it (apt-get install docker.io), or correct docker_socket',
    ],
    [
      { ...fine, docker: { state: 'denied', group: 'docker' } },
      'missing engine: me may not use /var/run/docker.sock → usermod -aG docker me',
    ],
    [
      { ...fine, docker: { state: 'silent' } },
      'missing engine: Docker at /var/run/docker.sock does not answer → start it anew: systemctl restart docker',
    ],
    [
      { ...fine, docker: { ...docker, engine: { ...docker.engine, apiVersion: '1.38' } } },
      'missing engine API: API 1.38 → install Docker 20.10 (API 1.41) or later',
    ],
    [
      { ...fine, docker: { ...docker, pythons: [] } },
      'missing base images: none → openswe hosts images builds them there, and with --from-here sends those of this machine',
    ],
  ]
  for (const [facts, line] of lines) {
    const checks = judgeHost(host, facts).filter(({ state }) => state !== 'ok')
    expect(checks.map(({ state, name, found, fix }) => `${state} ${name}: ${found} → ${fix}`)).toEqual([line])
  }
})

test('a clock is not blamed for what the way there took', () => {
  expect(problems({ clock: { aheadMs: 7_000, uncertainMs: 3_000 } })).toEqual([])
  expect(problems({ clock: { aheadMs: 7_000, uncertainMs: 1_000 } })).toHaveLength(1)
})

test('more slots than a host has room for are a warning', () => {
  expect(problems({}, { slots: 8 })).toEqual([])
  expect(problems({}, { slots: 9 })).toEqual([
    'warning slots: 9 on 8 CPUs, 32.0 GiB → a slot wants a CPU, 4 GiB of memory and 10 GiB of disk: slots = 8',
  ])
  const docker = { ...fine.docker, disk: { ...disk, freeBytes: 45 * 2 ** 30 } }
  expect(problems({ docker }, { slots: 5 })).toEqual([
    'warning slots: 5 on 8 CPUs, 32.0 GiB, 45.0 GiB of disk free → a slot wants a CPU, 4 GiB of memory and 10 GiB of disk: slots = 4',
  ])
})
