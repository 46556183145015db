import { createInterface } from 'node:readline'
import { openDoorOf, openTo } from '../../src/cli/run-doors.ts'
import { processTerminal } from '../../src/cli/terminal.ts'
import { RunCounters } from '../../src/control/metrics/run-counters.ts'
import { serveMetrics } from '../../src/control/metrics/serve-metrics.ts'
import { FaultError, type FaultKind } from '../../src/domain/fault.ts'
import type { Synthesize } from '../../src/node/workers.ts'
import { openStore } from '../../src/store/store.ts'
import { runOnce, runOncePolicy } from '../support/run-once.ts'
import { anAcceptance, anInstance, aRejection } from '../support/run-values.ts'

/**
 * A run that others ask things of, in a process of its own: instances a__a-1, a__a-2 …, two at a time, each of which works
 * until a line on stdin says what becomes of it: `a__a-1 accepted`, `rejected`, or the kind of a fault. Prints a line for what happens, `ended` at last.
 */
const [, , database = '', count = '4'] = Bun.argv
const print = (...words: string[]) => process.stdout.write(`${words.join(' ')}\n`)
const told = new Map<string, (end: string) => void>()
createInterface({ input: process.stdin }).on('line', (line) => {
  const [id = '', end = ''] = line.split(' ')
  told.get(id)?.(end)
})

const synthesize: Synthesize = async ({ instance: { instance_id } }, _limits, { emit, onOutput }, signal) => {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  told.set(instance_id, resolve)
  signal.addEventListener('abort', () => reject(signal.reason))
  emit({ type: 'stage', stage: 'build', iteration: 1, state: 'started' })
  onOutput?.(new TextEncoder().encode(`making ${instance_id}\n`))
  print('begun', instance_id)
  const end = await promise
  emit({ type: 'stage', stage: 'build', iteration: 1, state: 'finished', durationMs: 1500 })
  if (end === 'accepted') return anAcceptance(instance_id)
  if (end === 'rejected') return aRejection()
  throw new FaultError(end as FaultKind, 'as it was told')
}

using store = await openStore(database, 'write')
await using control = await openDoorOf(database, processTerminal())
await using metrics = serveMetrics({ host: '127.0.0.1', port: 0 })
const counters = new RunCounters()
const instances = Array.from({ length: Number(count) }, (_, index) => anInstance(`a__a-${index + 1}`))
const { ending } = await runOnce(store, instances, synthesize, {
  watch: counters,
  onChange: ({ instance_id, before, attempt }) => {
    if (before.state !== attempt.state) print(attempt.state, instance_id)
  },
  onFleet(fleet, runId) {
    openTo({ control, metrics }, { store, runId, policy: runOncePolicy, counters }, fleet)
    print('metrics', metrics.url)
  },
})
print('ended', ending.kind)
process.stdin.destroy()
