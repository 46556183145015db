import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectEngine } from '../../src/cli/machine.ts'
import { type WrittenDemo, writeDemo } from '../../src/demo/write-demo.ts'
import { sweep } from '../../src/docker/prune.ts'
import { listNodes, type NodeRow } from '../../src/store/nodes.ts'
import { latestRun } from '../../src/store/runs.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { ensureTestBaseImage } from '../support/base-image.ts'
import { builtOpenswe } from '../support/built-openswe.ts'
import { containersOf } from '../support/containers.ts'
import { ControlProcess } from '../support/control-process.ts'
import { TestSlurm } from '../support/slurm.ts'

setDefaultTimeout(300_000)

const instances = ['textwidth-1', 'clockspan-2', 'sumcsv-4'].map((name) => `openswe-demo__${name}`)
/** Both on this machine's engine, as no machines of a cluster should be. */
const nodes = ['slurm-1', 'slurm-2']

const engine = connectEngine()
let slurm: TestSlurm
let program: string
let folder: string
let demo: WrittenDemo

beforeAll(async () => {
  await ensureTestBaseImage(engine)
  program = await builtOpenswe()
  folder = await mkdtemp(join(tmpdir(), 'openswe-slurm-run-'))
  demo = await writeDemo(folder)
  slurm = await TestSlurm.start({ nodes: nodes.length })
})
afterAll(async () => {
  await slurm?.[Symbol.asyncDispose]()
  for (const label of await nodeLabels().catch(() => [])) {
    await sweep(engine, { runId: label, kinds: ['eval', 'state', 'environment', 'head'] })
  }
  await rm(folder, { recursive: true })
})

async function begin(entry = ''): Promise<ControlProcess> {
  const hosts = join(folder, 'hosts.toml')
  await writeFile(hosts, `[slurm]\nnodes = ${nodes.length}\nslots = 1\nwork_folder = "~/work"\n${entry}`)
  const variables = Object.entries(slurm.environment).map(([name, value]) => `${name}=${value}`)
  const what = ['run', demo.instancesFile, '--repos', demo.reposTemplate, '--only', instances.join(',')]
  const where = ['--launcher', 'slurm', '--hosts', hosts, '--ahead', '0', '--lease', '10s']
  const how = ['--repeats', '10', '--json', '--db', join(folder, 'run.db'), '--cache', join(folder, 'cache')]
  return new ControlProcess(['env', ...variables, program, ...what, ...where, ...how], folder)
}

async function read<T>(look: (store: Store, runId: string) => T): Promise<T> {
  using store = await openStore(join(folder, 'run.db'), 'read')
  return look(store, latestRun(store)?.run_id ?? '')
}

/** Wherever each of them is. */
const nodeLabels = () => read((_, runId) => nodes.flatMap((node) => [`${runId}.${node}.n1`, `${runId}.${node}.n2`]))

/** As control writes them down. */
async function untilNodes(control: ControlProcess, are: (rows: readonly NodeRow[]) => boolean): Promise<void> {
  await slurm.until(async () => {
    if (control.exitCode !== null) throw new Error(`control ended: ${control.err.text}${control.out.text}`)
    return are(await read(listNodes).catch(() => []))
  })
}

function outcomes(): Promise<Readonly<Record<string, string>>> {
  return read((store) => {
    const rows = store.all<{ instance_id: string; outcome: string; reason: string | null }>(
      'select instance_id, outcome, reason from attempts',
    )
    return Object.fromEntries(
      rows.map(({ instance_id, outcome, reason }) => [
        instance_id,
        reason === null ? outcome : `${outcome}: ${reason}`,
      ]),
    )
  })
}

const jobs = async (format: string) =>
  (await slurm.ask('squeue', '--states=all', '--noheader', '--array', `--format=${format}`)).trim().split('\n')

test('what Slurm refuses is said before anything is worked on', async () => {
  await using control = await begin('partition = "nope"\n')
  expect(await control.ended).toBe(5)
  expect(control.err.text).toContain('invalid partition specified: nope')
})

test('a run on machines of Slurm outlives its control process and one of its jobs, and gives the rest back', async () => {
  const killed = await begin()
  await untilNodes(killed, (rows) => rows.filter(({ running }) => running > 0).length === nodes.length)
  const given = await jobs('%F_%K %N')
  await killed[Symbol.asyncDispose]()
  const killedAtMs = Date.now()

  await using control = await begin()
  await untilNodes(control, (rows) =>
    rows.every(({ state, heardAtMs }) => state === 'up' && Number(heardAtMs) > killedAtMs),
  )
  expect(await jobs('%F_%K %N')).toEqual(given)
  const [, lost = ''] = given.map((line) => line.split(' ')[0])
  await slurm.ask('scancel', lost)

  expect(await control.ended).toBe(0)
  expect(await outcomes()).toEqual(Object.fromEntries(instances.map((id) => [id, demo.expected[id] ?? ''])))
  expect(control.err.text).toMatch(/^slurm-\d: n\d: job \d+_\d was cancelled — /m)
  await slurm.until(async () => (await jobs('%T')).toSorted().join() === 'CANCELLED,COMPLETED')
  for (const label of await nodeLabels()) expect(await containersOf(engine, label)).toEqual([])
})
