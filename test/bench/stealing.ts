import type { Figure, Result } from './figure.ts'
import { boundMs, type FleetLoad, hourMs } from './makespan-fleet.ts'
import { type Ran, runFleet } from './makespan-run.ts'

const nodes = 4
const slots = 4
const long = { count: 64, workMs: 2 * hourMs }
const short = { count: 240, workMs: hourMs / 6 }
const seed = 1

/** The first node is there a minute before the others, and is leased all that is long. */
function lopsided(): FleetLoad {
  const loads = Array.from({ length: long.count + short.count }, (_, index) => {
    const isLong = index < long.count
    return { attempt: index + 1, repo: isLong ? 'long' : `short/${index % 12}`, workMs: (isLong ? long : short).workMs }
  })
  const machines = Array.from({ length: nodes }, (_, index) => {
    return { node: `n${index + 1}`, slots, speed: 1, lostAtMs: Number.POSITIVE_INFINITY }
  })
  return { loads, machines, faultShare: 0 }
}

export interface Stealing {
  readonly load: FleetLoad
  readonly with: Ran
  readonly without: Ran
}

export function runWithAndWithoutStealing(): Stealing {
  const load = lopsided()
  const options = { ahead: long.count - slots, firstAloneMs: 60_000 }
  return {
    load,
    with: runFleet(load, seed, options),
    without: runFleet(load, seed, { ...options, isStealing: false }),
  }
}

/** One node holds only long instances: what becomes of that where others may take of it, and where not. */
export async function stealing(): Promise<readonly Result[]> {
  const { load, with: stolen, without } = runWithAndWithoutStealing()
  const share = Math.round((100 * stolen.stolen) / long.count)
  const of = `simulated makespan where the first of ${nodes} nodes is leased all that is long (${long.count} of ${long.workMs / hourMs} h), and ${share} % of that is stolen; no schedule is shorter than ${(boundMs(load) / hourMs).toFixed(1)} h`
  const figure: Figure = {
    kind: 'figure',
    unit: 'h',
    measured: { of, values: [stolen.makespanMs / hourMs] },
    floor: { of: 'not a floor but the same where nothing is stolen', values: [without.makespanMs / hourMs] },
    goal: { of: 'ratio', atMost: 0.5 },
  }
  return [figure]
}
