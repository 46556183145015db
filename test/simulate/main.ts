// bun run simulate [--seeds N] [--from S] [--seed S [--trace]] [--planted]: runs of the fleet in virtual time, by seed.
// Exit code 1 where one fails; a failing seed fails the same way each time.
import { parseArgs } from 'node:util'
import { plantedBugs } from './planted-bugs.ts'
import { simulate } from './world.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
  },
})

const from = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
const seeds = Array.from({ length: count }, (_, index) => from + index)
if (values.planted) process.exit(findPlanted() ? 0 : 1)

const faults = new Map<string, number>()
const checks = new Map<string, number>()
const failed: string[] = []
const beganMs = performance.now()
let virtualMs = 0
for (const seed of seeds) {
  const result = simulate(seed, values.trace ? { show: (line) => console.log(line) } : {})
  virtualMs += result.endedAtMs
  for (const [kind, n] of result.faults) faults.set(kind, (faults.get(kind) ?? 0) + n)
  for (const [name, n] of result.checks) checks.set(name, (checks.get(name) ?? 0) + n)
  if (result.violation === null) continue
  const { invariant, why, atMs } = result.violation
  failed.push(`seed ${seed}: ${invariant}, at ${(atMs / 1000).toFixed(1)} s: ${why}`)
  console.log(failed.at(-1))
}
const tookMs = performance.now() - beganMs
const table = (of: ReadonlyMap<string, number>) =>
  [...of]
    .sort()
    .map(([name, n]) => `  ${name}: ${n}`)
    .join('\n')
console.log(`faults by kind:\n${table(faults)}\nchecks made:\n${table(checks)}`)
console.log(
  `${count} seeds in ${(tookMs / 1000).toFixed(1)} s (${((1000 * count) / tookMs).toFixed(0)} a second), ${(virtualMs / 3_600_000).toFixed(0)} hours of virtual time; ${failed.length} failed`,
)
process.exit(failed.length === 0 ? 0 : 1)

/** In how many seeds each bug that is planted is found, and as what first. */
function findPlanted(): boolean {
  const found = Object.entries(plantedBugs).map(([bug, mutation]) => {
    const violations = seeds.flatMap((seed) => simulate(seed, { mutation: mutation() }).violation ?? [])
    console.log(`${bug}: found in ${violations.length} of ${count} seeds, first as ${violations[0]?.invariant}`)
    return violations.length > 0
  })
  return found.every((is) => is)
}
