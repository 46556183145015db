// intake-child ROWS DATABASE (compiled): takes a file of rows in, prints how many are queued and the peak memory.
import { readFile } from 'node:fs/promises'
// Not used here: a run has all of it in memory.
import '../../src/cli/run-instances.ts'
import { Control } from '../../src/control/control.ts'
import { takeIn } from '../../src/control/intake.ts'
import { takeSnapshot } from '../../src/control/snapshot.ts'
import { storeLedger } from '../../src/control/store-ledger.ts'
import { protocolTimes } from '../../src/domain/protocol-times.ts'
import { readInstances } from '../../src/input/instance-file.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore } from '../../src/store/store.ts'
import { someSettings, someSetup } from '../support/run-values.ts'

const [rows = '', database = ''] = process.argv.slice(2)
const runId = 'bench'
const policy = { maxFaults: 3, waitsMs: [0] }
const settings = someSettings

async function takeInAll(): Promise<number> {
  using store = await openStore(database, 'write')
  insertRun(store, { runId, startedAtMs: 0, version: 'bench', author: 'rules', settings })
  await takeIn(store, readInstances(rows), {
    runId,
    author: 'rules',
    only: null,
    limit: Number.POSITIVE_INFINITY,
    retry: new Set(),
    policy,
    onProblem: (problem) => console.error(problem.message),
  })
  const { queued } = takeSnapshot(store, runId, 0, 1)
  const ledger = storeLedger(store, { runId, plan: { kind: 'synthesis', settings }, policy })
  const control = new Control({
    ledger,
    runId,
    epoch: 1,
    policy,
    times: protocolTimes,
    nodes: ['bench'],
    setupOf: () => someSetup,
    nowMs: 1,
  })
  if (control.waiting !== queued) throw new Error(`${control.waiting} of ${queued} wait`)
  return queued
}

const queued = await takeInAll()
const status = await readFile('/proc/self/status', 'utf8')
const peakBytes = 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1])
console.log(JSON.stringify({ queued, peakBytes }))
