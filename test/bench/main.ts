// bun run bench [--json] [--rows N] [BENCH …]: measures each bench (all without names) against a floor of the same run.
// Exit code 1 where a goal is missed, 2 where a name is wrong.
import { parseArgs } from 'node:util'
import { binaryStart } from './binary-start.ts'
import { controlLoad } from './control-load.ts'
import { evalRun } from './eval-run.ts'
import { exportBench } from './export.ts'
import { fanOut } from './fan-out.ts'
import { isMissed, judged, type Result } from './figure.ts'
import { filterBench } from './filter.ts'
import { gradeGold } from './grade.ts'
import { intakeMemory } from './intake-memory.ts'
import { loadPerCore, thisMachine } from './machine.ts'
import { makespan } from './makespan.ts'
import { minhashBench } from './minhash.ts'
import { type Finished, tableOf } from './report.ts'
import { screenBench } from './screen.ts'
import { scriptChange } from './script-change.ts'
import { stableHead } from './stable-head.ts'
import { stealing } from './stealing.ts'

type Bench = (signal: AbortSignal, rowCount: number) => Promise<readonly Result[]>

const benches: ReadonlyMap<string, Bench> = new Map([
  ['eval-run', evalRun],
  ['script-change', scriptChange],
  ['stable-head', stableHead],
  ['grade', gradeGold],
  ['binary-start', binaryStart],
  ['intake-memory', intakeMemory],
  ['filter', filterBench],
  ['minhash', minhashBench],
  ['screen', screenBench],
  ['export', exportBench],
  ['fan-out', fanOut],
  ['makespan', makespan],
  ['stealing', stealing],
  ['control-load', controlLoad],
])

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, rows: { type: 'string', default: '572114' } },
  allowPositionals: true,
})
const unknown = positionals.filter((name) => !benches.has(name))

/** A bench that breaks does not take the others with it; an interruption ends all. */
async function measure(name: string, bench: Bench, signal: AbortSignal): Promise<readonly Finished[]> {
  console.error(`bench: ${name}`)
  const results = await bench(signal, Number(values.rows)).catch((error: unknown): readonly Result[] => {
    signal.throwIfAborted()
    return [{ kind: 'broken', of: name, why: error instanceof Error ? error.message : String(error) }]
  })
  return results.map((result) => ({ bench: name, result, loadPerCore: loadPerCore() }))
}

async function main(): Promise<number> {
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => interrupted.abort(new Error(`ended by ${name}`)))
  const finished: Finished[] = []
  for (const [name, bench] of benches) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    finished.push(...(await measure(name, bench, interrupted.signal)))
  }
  const machine = thisMachine()
  console.log(
    values.json ? JSON.stringify({ machine, finished: finished.map(withVerdict) }) : tableOf(machine, finished),
  )
  return finished.some(({ result }) => isMissed(result)) ? 1 : 0
}

function withVerdict(one: Finished): object {
  return one.result.kind === 'figure' ? { ...one, ...judged(one.result) } : one
}

if (unknown.length > 0) {
  console.error(`bench: no ${unknown.join(', ')}; there are ${[...benches.keys()].join(', ')}`)
  process.exit(2)
}
process.exit(
  await main().catch((error: unknown) => {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }),
)
