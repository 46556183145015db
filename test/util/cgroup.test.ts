import { afterAll, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CgroupBounds, cgroupBounds } from '../../src/util/cgroup.ts'

const root = await mkdtemp(join(tmpdir(), 'openswe-test-cgroup-'))
afterAll(() => rm(root, { recursive: true }))

const unbounded = { cpus: null, memoryBytes: null, freeMemoryBytes: null }
const version2 = '31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw\n'
const version1 = (mountRoot: string) =>
  [
    `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw`,
    `32 31 0:29 ${mountRoot} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct`,
    `35 31 0:32 ${mountRoot} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory`,
    `36 31 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`,
  ].join('\n')

interface Case {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly bounds: CgroupBounds
}

const cases: readonly Case[] = [
  { name: 'no control groups', files: {}, bounds: unbounded },
  {
    name: 'version 2 without bounds',
    files: {
      'proc/self/cgroup': '0::/user.slice\n',
      'proc/self/mountinfo': version2,
      'sys/fs/cgroup/user.slice/memory.max': 'max\n',
      'sys/fs/cgroup/user.slice/cpu.max': 'max 100000\n',
    },
    bounds: unbounded,
  },
  {
    name: 'version 2, the memory bound by a job above, and the CPUs by the step itself',
    files: {
      'proc/self/cgroup': '0::/slurm/job_7/step_0\n',
      'proc/self/mountinfo': version2,
      'sys/fs/cgroup/slurm/job_7/memory.max': '8000\n',
      'sys/fs/cgroup/slurm/job_7/memory.current': '5000\n',
      'sys/fs/cgroup/slurm/job_7/memory.stat': 'anon 3000\ninactive_file 1500\n',
      'sys/fs/cgroup/slurm/job_7/step_0/memory.max': '9000\n',
      'sys/fs/cgroup/slurm/job_7/step_0/memory.current': '1000\n',
      'sys/fs/cgroup/slurm/job_7/step_0/cpu.max': '150000 100000\n',
    },
    bounds: { cpus: 1.5, memoryBytes: 8000, freeMemoryBytes: 4500 },
  },
  {
    name: 'version 2 in a container, which sees its own group as the root',
    files: {
      'proc/self/cgroup': '0::/../../elsewhere\n',
      'proc/self/mountinfo': version2,
      'sys/fs/cgroup/memory.max': '600\n',
      'sys/fs/cgroup/memory.current': '700\n',
    },
    bounds: { cpus: null, memoryBytes: 600, freeMemoryBytes: 0 },
  },
  {
    name: 'version 1 beside an empty version 2',
    files: {
      'proc/self/cgroup': '4:memory:/slurm/uid_0/job_7\n2:cpuacct,cpu:/slurm/uid_0\n0::/\n',
      'proc/self/mountinfo': version1('/'),
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/fs/cgroup/memory/slurm/uid_0/job_7/memory.limit_in_bytes': '4000\n',
      'sys/fs/cgroup/memory/slurm/uid_0/job_7/memory.usage_in_bytes': '1000\n',
      'sys/fs/cgroup/memory/slurm/uid_0/job_7/memory.stat': 'inactive_file 1\ntotal_inactive_file 400\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu,cpuacct/slurm/uid_0/cpu.cfs_quota_us': '400000\n',
      'sys/fs/cgroup/cpu,cpuacct/slurm/uid_0/cpu.cfs_period_us': '100000\n',
    },
    bounds: { cpus: 4, memoryBytes: 4000, freeMemoryBytes: 3400 },
  },
  {
    name: 'version 1 in a container, where its group is mounted as the root',
    files: {
      'proc/self/cgroup': '4:memory:/docker/abc\n',
      'proc/self/mountinfo': version1('/docker/abc'),
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '500\n',
      'sys/fs/cgroup/memory/memory.usage_in_bytes': '100\n',
    },
    bounds: { cpus: null, memoryBytes: 500, freeMemoryBytes: 400 },
  },
]

for (const [index, { name, files, bounds }] of cases.entries()) {
  test(`a process is bound by what its groups say: ${name}`, async () => {
    const folder = join(root, String(index))
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
    }
    expect(await cgroupBounds(folder)).toEqual(bounds)
  })
}
