import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { appendFile } from 'node:fs/promises'
import { askControl } from '../../src/cli/control-client.ts'
import { openRuns } from '../../src/store/runs.ts'
import type { ControlProcess } from '../support/control-process.ts'
import { TestFleet } from '../support/fleet.ts'
import { FleetBench, oursOn, sevenInstances, signalOurs, untilNothingRuns } from '../support/fleet-bench.ts'

/** One run on three machines, to which one thing after the other happens. */

setDefaultTimeout(300_000)

let fleet: TestFleet
let bench: FleetBench
let control: ControlProcess

beforeAll(async () => {
  bench = await FleetBench.open()
  fleet = await TestFleet.start({ nodes: [{ slots: 1 }, { slots: 1 }, { slots: 1 }], docker: true })
  control = begin()
})
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
  await fleet[Symbol.asyncDispose]()
})

function begin(): ControlProcess {
  return bench.run(fleet.hostsFile, '--lease', '15s', '--only', sevenInstances.join(','))
}

const slotsAgain = { command: 'slots', node: 'node1', slots: 1 } as const

const replaced = (pids: readonly number[], was: readonly number[]) =>
  pids.length > 0 && !pids.some((pid) => was.includes(pid))

test('every machine gets openswe and works, and what it does not reach it is sent', async () => {
  const [node1] = fleet.nodes
  expect((await node1?.run(['ls', bench.folder]))?.exitCode).not.toBe(0)
  for (const node of fleet.nodes) await bench.untilAtWork(node.name)
  expect(control.err.text).toBe('')
})

test('a screen beside the run shows its machines and what they print, comes and goes, and the run does not notice', async () => {
  for (const visit of ['first', 'second']) {
    await using screen = bench.watch()
    await screen.shows(/node1 +up.*node3/s)
    screen.write('q')
    expect([visit, await screen.ended()]).toEqual([visit, 0])
  }
  await bench.until(async () => (await bench.printed()).includes('===== iteration 1: '))
  expect([control.exitCode, control.err.text]).toEqual([null, ''])
})

test('a second control over the same database is refused, and told of the first', async () => {
  await using second = bench.another(fleet.hostsFile)
  expect(await second.ended).not.toBe(0)
  expect(second.err.text).toContain(`is being written by pid ${control.pid}`)
})

test('what a node has that stands still for longer than its lease others do, and it comes back with nothing', async () => {
  const node = fleet.node(2)
  await bench.untilAtWork(node.name)
  await signalOurs(node, 'serve', 'SIGSTOP')
  await bench.untilNode(node.name, ({ state }) => state === 'lost')
  expect(await bench.faultsOn(node)).toEqual(['node-lost'])
  await signalOurs(node, 'serve', 'SIGCONT')
  await bench.untilUp(node.name)
})

test('what runs while an engine dies is done again, once it is there again', async () => {
  const node = fleet.node(1)
  await bench.untilAtWork(node.name)
  await node.killDocker()
  await bench.until(async () => (await bench.faultsOn(node)).includes('engine-unreachable'))
  await node.startDocker()
  await bench.untilAtWork(node.name)
})

test('a node process that is killed is followed by another, and what it did is done again', async () => {
  const node = fleet.node(3)
  await bench.untilAtWork(node.name)
  const serving = await oursOn(node, 'serve')
  await signalOurs(node, 'serve', 'SIGKILL')
  await bench.until(async () => (await bench.faultsOn(node)).includes('node-lost'))
  await bench.untilUp(node.name)
  expect(await oursOn(node, 'serve')).not.toEqual(serving)
})

test('a bridge that is killed is followed by another to the same process', async () => {
  const node = fleet.node(1)
  const [bridges, serving] = [await oursOn(node, 'attach'), await oursOn(node, 'serve')]
  await signalOurs(node, 'attach', 'SIGKILL')
  await bench.until(async () => replaced(await oursOn(node, 'attach'), bridges))
  await bench.untilUp(node.name)
  expect(await oursOn(node, 'serve')).toEqual(serving)
})

test('the machines of a control that is killed go on, and the same command comes back to them', async () => {
  const serving = await Promise.all(fleet.nodes.map((node) => oursOn(node, 'serve')))
  // As many as they have: it changes nothing but what control remembers.
  await bench.until(async () => (await askControl(bench.database, slotsAgain)).kind === 'done')
  control.signal('SIGKILL')
  await control.ended
  control = begin()
  for (const node of fleet.nodes) await bench.untilUp(node.name)
  expect(await Promise.all(fleet.nodes.map((node) => oursOn(node, 'serve')))).toEqual(serving)
  expect(await bench.read((store) => openRuns(store))).toHaveLength(1)
  expect(control.lines.filter(({ event }) => event === 'asked')).toEqual([
    { event: 'asked', isPaused: false, draining: [], slots: [{ node: 'node1', slots: 1 }] },
  ])
})

test('a link that is cut for less than a lease costs nothing', async () => {
  const node = fleet.node(2)
  const serving = await oursOn(node, 'serve')
  const before = await bench.faultsOn(node)
  await node.cutLink()
  await bench.untilNode(node.name, ({ state }) => state === 'silent')
  await node.healLink()
  await bench.untilUp(node.name)
  expect(await oursOn(node, 'serve')).toEqual(serving)
  expect(await bench.faultsOn(node)).toEqual(before)
})

test('garbage among the lines of a node ends its connection, and there is another', async () => {
  const node = fleet.node(1)
  await bench.untilUp(node.name)
  const bridges = await oursOn(node, 'attach')
  await appendFile(`/proc/${bridges[0]}/fd/1`, 'a line that something else printed\n')
  await bench.until(async () => replaced(await oursOn(node, 'attach'), bridges))
  await bench.untilUp(node.name)
})

test('when the power of one fails for good, the others finish, with the verdicts of one machine, each once', async () => {
  await bench.untilUp(fleet.node(3).name)
  await fleet.node(3).killEverything()
  expect(await control.ended).toBe(0)
  expect(await bench.outcomes()).toEqual(Object.fromEntries(sevenInstances.map((id) => [id, bench.expected[id] ?? ''])))
  const settled = bench.lines.filter(({ event }) => event === 'settled').map(({ instance_id }) => instance_id)
  expect(new Set(settled).size).toBe(settled.length)
  expect(await bench.read((store) => openRuns(store))).toEqual([])
})

test('nothing is left running on the machines', async () => {
  for (const node of [fleet.node(1), fleet.node(2)]) await untilNothingRuns(node)
}, 30_000)
