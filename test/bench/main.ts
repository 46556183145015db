// bun run bench [--json] [BENCH …]: measures each bench (all without names) against a floor of the same run.
// Exit code 1 where a goal is missed, 2 where a name is wrong.
import { parseArgs } from 'node:util'
import { binaryStart } from './binary-start.ts'
import { evalRun } from './eval-run.ts'
import { judged, type Result } from './figure.ts'
import { intakeMemory } from './intake-memory.ts'
import { loadPerCore, thisMachine } from './machine.ts'
import { type Finished, tableOf } from './report.ts'
import { scriptChange } from './script-change.ts'
import { stableHead } from './stable-head.ts'

const benches: Readonly<Record<string, (signal: AbortSignal) => Promise<readonly Result[]>>> = {
  'eval-run': evalRun,
  'script-change': scriptChange,
  'stable-head': stableHead,
  'binary-start': binaryStart,
  'intake-memory': intakeMemory,
}

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true })
const names = positionals.length > 0 ? positionals : Object.keys(benches)
const unknown = names.filter((name) => !Object.hasOwn(benches, name))

async function measure(name: string, signal: AbortSignal): Promise<readonly Finished[]> {
  console.error(`bench: ${name}`)
  const results = await benches[name]?.(signal)
  return (results ?? []).map((result) => ({ bench: name, result, loadPerCore: loadPerCore() }))
}

async function main(): Promise<number> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
  const finished: Finished[] = []
  for (const name of names) finished.push(...(await measure(name, interrupted.signal)))
  const machine = thisMachine()
  console.log(
    values.json ? JSON.stringify({ machine, finished: finished.map(withVerdict) }) : tableOf(machine, finished),
  )
  return finished.every(({ result }) => result.kind === 'skipped' || judged(result).isOk) ? 0 : 1
}

function withVerdict(one: Finished): object {
  return one.result.kind === 'skipped' ? one : { ...one, ...judged(one.result) }
}

if (unknown.length > 0) {
  console.error(`bench: no ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}
process.exit(await main())
