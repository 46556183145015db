import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openRuns } from '../../src/store/runs.ts'
import type { ControlProcess } from '../support/control-process.ts'
import { TestFleet } from '../support/fleet.ts'
import { FleetBench, sevenInstances, untilNothingRuns } from '../support/fleet-bench.ts'
import { hasLateCables } from '../support/fleet-network.ts'
import type { TestNode } from '../support/test-node.ts'
import { hasCompiler } from '../support/wall-clock.ts'

/** One run over bad links, on machines that run out of room or are hours off: nothing of it is anybody's fault. */
const limitMs = 300_000
/** Longer than a connection may be silent. */
const badMs = 15_000
/** Longer than until a lease of ten seconds is given to others. */
const standstillMs = 14_000
let fleet: TestFleet
let bench: FleetBench
let control: ControlProcess

beforeAll(async () => {
  bench = await FleetBench.open()
  const full = { slots: 1, workDisk: '900M', ownWallClock: hasCompiler }
  fleet = await TestFleet.start({ nodes: [{ slots: 1 }, { slots: 1, lateCable: hasLateCables }, full], docker: true })
  control = begin('10s')
}, limitMs)
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
}, limitMs)

function begin(lease: string): ControlProcess {
  return bench.run(fleet.hostsFile, '--lease', lease, '--only', sevenInstances.join(','))
}

async function untilHeard(since: number): Promise<void> {
  for (const { name } of fleet.nodes)
    await bench.untilNode(name, ({ state, heardAtMs }) => state === 'up' && (heardAtMs ?? 0) > since)
}

const faults = () => bench.read((store) => store.all("select instance_id, faults from attempts where faults <> '[]'"))

/** How often the process of a node says that it closed its gate, and opened it. */
async function gateLines(node: TestNode): Promise<{ readonly closed: number; readonly opened: number }> {
  const { stdout } = await node.run(['sh', '-c', `cat ${node.workFolder}/runs/*/*/log`])
  const count = (pattern: RegExp) => [...new TextDecoder().decode(stdout).matchAll(pattern)].length
  return { closed: count(/control for too long$/gm), opened: count(/something may begin again$/gm) }
}

test(
  'a control that stands still for longer than a lease finds its machines as it left them',
  async () => {
    for (const { name } of fleet.nodes) await bench.untilAtWork(name)
    control.signal('SIGSTOP')
    await Bun.sleep(standstillMs)
    control.signal('SIGCONT')
    await untilHeard(Date.now())
    expect([await faults(), control.err.text]).toEqual([[], ''])
  },
  limitMs,
)

test.skipIf(!hasCompiler)(
  'a clock that is set forward by an hour closes the gate of its machine until control has answered',
  async () => {
    control.signal('SIGKILL')
    await control.ended
    control = begin('1m')
    await untilHeard(control.startedAtMs)
    const node = fleet.node(3)
    const { closed, opened } = await gateLines(node)
    await node.shiftWallClock(3600)
    await bench.until(async () => Bun.deepEquals(await gateLines(node), { closed: closed + 1, opened: opened + 1 }))
    expect(await faults()).toEqual([])
  },
  limitMs,
)

test(
  'a link that loses a third, one that is slow, late and out of order, a disk without room and a clock that is set back cost nobody his work',
  async () => {
    const [lossy, slow, full] = [fleet.node(1), fleet.node(2), fleet.node(3)]
    const { closed } = await gateLines(full)
    if (hasCompiler) await full.shiftWallClock(-3600)
    const sinceMs = Date.now()
    await full.fillDisk()
    await lossy.dropPackets(0.3, 'both', 'sshd')
    await slow.throttle(200)
    if (hasLateCables) await slow.delay({ leastMs: 150, mostMs: 350 })
    await bench.untilNode(full.name, ({ facts }) => facts?.waitingFor?.startsWith('disk of the work folder') === true)
    await untilHeard(sinceMs + badMs)
    await lossy.dropPackets(0)
    if (hasLateCables) await slow.delay({ leastMs: 0, mostMs: 0 })
    await slow.throttle(null)
    await full.freeDisk()
    await bench.untilNode(full.name, ({ facts }) => facts?.waitingFor === null)
    expect([await faults(), (await gateLines(full)).closed]).toEqual([[], closed])
  },
  limitMs,
)

test(
  'the run ends with the verdicts of one machine, each once, and with nothing left on the machines',
  async () => {
    expect(await control.ended).toBe(0)
    expect(await bench.outcomes()).toEqual(
      Object.fromEntries(sevenInstances.map((id) => [id, bench.expected[id] ?? ''])),
    )
    const settled = bench.lines.filter(({ event }) => event === 'settled').map(({ instance_id }) => instance_id)
    expect(new Set(settled).size).toBe(settled.length)
    expect([await faults(), await bench.read((store) => openRuns(store))]).toEqual([[], []])
    for (const node of fleet.nodes) await untilNothingRuns(node)
  },
  limitMs,
)
