import { afterAll, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { machineFacts } from '../../src/node/machine-facts.ts'

const root = await mkdtemp(join(tmpdir(), 'openswe-test-facts-'))
afterAll(() => rm(root, { recursive: true }))

const machine = {
  'proc/self/status': 'Name:\tbun\nCpus_allowed:\tff\nCpus_allowed_list:\t0-3,8,10-12\n',
  'proc/loadavg': '1.25 0.50 0.20 2/300 4711\n',
  'proc/meminfo': 'MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    9000 kB\n',
}
const job = {
  'proc/self/cgroup': '0::/job\n',
  'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
  'sys/fs/cgroup/job/memory.max': String(4000 * 1024),
  'sys/fs/cgroup/job/memory.current': String(1500 * 1024),
  'sys/fs/cgroup/job/cpu.max': '250000 100000\n',
}

async function factsOf(name: string, files: Readonly<Record<string, string>>) {
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, name, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  return machineFacts(join(root, name))
}

test('a process has the CPUs it may run on and the memory that is there', async () => {
  const facts = { cpus: 8, load: 1.25, memoryBytes: 16_000 * 1024, freeMemoryBytes: 9_000 * 1024 }
  expect(await factsOf('whole', machine)).toEqual(facts)
})

test('a job has what its control group leaves it', async () => {
  const facts = { cpus: 2.5, load: 1.25, memoryBytes: 4_000 * 1024, freeMemoryBytes: 2_500 * 1024 }
  expect(await factsOf('job', { ...machine, ...job })).toEqual(facts)
})

test('a job has no more than the machine, whatever it was promised', async () => {
  const promised = { 'sys/fs/cgroup/job/memory.max': String(2 ** 40), 'sys/fs/cgroup/job/cpu.max': '9000000 100000\n' }
  const facts = { cpus: 8, memoryBytes: 16_000 * 1024, freeMemoryBytes: 9_000 * 1024 }
  expect(await factsOf('promised', { ...machine, ...job, ...promised })).toMatchObject(facts)
})

test('this machine is described within its own bounds', async () => {
  const facts = await machineFacts()
  expect(facts.cpus).toBeGreaterThan(0)
  expect(facts.cpus).toBeLessThanOrEqual(cpus().length)
  expect(facts.freeMemoryBytes).toBeGreaterThan(0)
  expect(facts.memoryBytes).toBeLessThanOrEqual(totalmem())
})
