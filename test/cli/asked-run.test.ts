import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { askControl, askTail, type SteeringRequest } from '../../src/cli/control-client.ts'
import { insertRun } from '../../src/store/runs.ts'
import { openStore } from '../../src/store/store.ts'
import { openswe } from '../support/openswe.ts'
import { RunAsked } from '../support/run-asked.ts'

const node = hostname()
let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'openswe-asked-'))
})
afterEach(() => rmSync(cwd, { recursive: true }))

const asked = (...words: string[]) => openswe(words, { cwd })

/** How the run stands after a request, of this process. */
const after = (request: SteeringRequest, database = 'openswe.db') => askControl(join(cwd, database), request)
const pause = { command: 'pause' } as const
const undrain = { command: 'drain', nodes: [node], isUndone: true } as const

test('a paused run begins nothing, finishes what runs, and goes on when it is resumed', async () => {
  await using run = await RunAsked.begin(join(cwd, 'openswe.db'))
  const { exitCode, stdout } = await asked('pause')
  expect(stdout).toBe('paused: what runs is finished, nothing new begins (2 run, 2 wait) until `openswe resume`\n')
  expect(exitCode).toBe(0)
  await run.settle('a__a-1', 'accepted')
  expect(await after(pause)).toEqual({
    kind: 'done',
    isPaused: true,
    waiting: 2,
    nodes: [{ node, state: 'up', slots: 2, running: 1, waiting: 0 }],
  })
  expect((await asked('resume')).stdout).toStartWith('resumed: ')
  await run.begun('a__a-3')
  await run.err.until(/asked from elsewhere: pause\n(.*\n)*asked from elsewhere: resume\n/)
})

test('a stopped run finishes what runs and begins nothing more; the same database goes on later', async () => {
  const database = join(cwd, 'openswe.db')
  await using run = await RunAsked.begin(database)
  expect((await asked('stop')).stdout).toStartWith(
    'stopping: what runs is finished, nothing new begins (2 run, 2 wait)',
  )
  await run.settle('a__a-1', 'accepted')
  await run.settle('a__a-2', 'rejected')
  expect(await run.over()).toBe('ended stopped')
  expect(run.out.text).not.toContain('begun a__a-3')
  expect(existsSync(`${database}-control`)).toBe(false)
  await using next = new RunAsked(database)
  await next.begun('a__a-3')
  await next.begun('a__a-4')
})

test('what came of a request is printed as JSON where that is asked for', async () => {
  await using _run = await RunAsked.begin(join(cwd, 'openswe.db'))
  const { stdout } = await asked('resume', '--json')
  expect(JSON.parse(stdout)).toEqual({
    isPaused: false,
    waiting: 2,
    nodes: [{ node, state: 'up', slots: 2, running: 2, waiting: 0 }],
  })
})

test('a run that is stopped now gives back what runs, also while it finishes it', async () => {
  await using run = await RunAsked.begin(join(cwd, 'openswe.db'))
  await asked('stop')
  expect((await asked('stop', '--now')).stdout).toStartWith('stopping: what runs is given back (2 run, 2 wait)')
  expect(await run.over()).toBe('ended stopped')
  expect(run.out.text).toContain('queued a__a-1\n')
  expect(run.out.text).toContain('queued a__a-2\n')
})

test('a drained node takes nothing new until that is undone', async () => {
  await using run = await RunAsked.begin(join(cwd, 'openswe.db'))
  const { stdout, stderr } = await asked('drain', node)
  expect(stdout).toBe(`${node}: draining, 2 run to their end\n`)
  expect(stderr).toBe('every node is draining: 2 wait until one is undrained (--undo) or the run is stopped\n')
  await run.settle('a__a-1', 'accepted')
  expect(await after({ ...undrain, isUndone: false })).toMatchObject({
    waiting: 2,
    nodes: [{ state: 'draining', running: 1, waiting: 0 }],
  })
  expect((await asked('drain', '--undo', node)).stdout).toStartWith(`${node}: up, `)
  await run.begun('a__a-3')
})

test('slots are changed while a run goes on, in both directions', async () => {
  await using run = await RunAsked.begin(join(cwd, 'openswe.db'))
  await asked('slots', node, '3')
  await run.begun('a__a-3')
  expect((await asked('slots', node, '1')).stdout).toBe(`${node}: 1 at a time, 3 run\n`)
  await run.settle('a__a-1', 'accepted')
  await run.settle('a__a-2', 'accepted')
  expect(await after({ command: 'slots', node, slots: 1 })).toMatchObject({
    waiting: 1,
    nodes: [{ slots: 1, running: 1 }],
  })
  await run.settle('a__a-3', 'accepted')
  await run.begun('a__a-4')
  const { exitCode, stderr } = await asked('slots', node, '257')
  expect([exitCode, stderr]).toEqual([2, 'openswe: slots: a whole number from 1 to 256 is wanted, not "257"\n'])
})

test('what ended is done again, but what is accepted, not over, or not of this run', async () => {
  await using run = await RunAsked.begin(join(cwd, 'openswe.db'), 3)
  const retry = (instance_id: string) => after({ command: 'retry', instance_id })
  const refused = (explanation: string) => ({ kind: 'refused', explanation }) as const
  expect(await retry('a__a-1')).toEqual(refused('a__a-1 is not over yet: it is running'))
  expect(await retry('a__a-3')).toEqual(refused('a__a-3 is not over yet: it is queued'))
  const stranger = await asked('retry', 'b__b-1')
  expect([stranger.exitCode, stranger.stderr]).toEqual([2, 'openswe: b__b-1 is not an instance of this run\n'])
  await run.settle('a__a-1', 'rejected')
  expect((await asked('retry', 'a__a-1')).stdout).toBe('a__a-1 waits for its turn again: 2 run, 1 wait\n')
  await run.settle('a__a-2', 'accepted')
  const way = '`openswe run … --only a__a-2 --retry accepted` does it again'
  expect(await retry('a__a-2')).toEqual(refused(`a__a-2 is accepted — ${way}`))
  await run.begun('a__a-1', 2)
  await run.begun('a__a-3')
  run.tell('a__a-3', 'instance-budget-spent')
  await run.out.until(/faulted a__a-3\n/)
  expect(await retry('a__a-3')).toMatchObject({ kind: 'done' })
  await run.begun('a__a-3', 2)
  await run.settle('a__a-1', 'accepted')
  await run.settle('a__a-3', 'accepted')
  expect(await run.over()).toBe('ended finished')
})

test('who asks where no run goes on is told what to do', async () => {
  const { exitCode, stderr } = await asked('pause')
  expect([exitCode, stderr]).toEqual([
    5,
    'openswe: no run is in progress over openswe.db — start one, or name its database with --db\n',
  ])
  using _store = await openStore(join(cwd, 'openswe.db'), 'write')
  const held = await asked('pause')
  expect([held.exitCode, held.stderr]).toEqual([
    5,
    `openswe: process ${process.pid} on ${node} writes openswe.db, but cannot be asked anything: it said why when it began\n`,
  ])
})

test('who asks a run that was left to its nodes is told how to come back to it', async () => {
  {
    using store = await openStore(join(cwd, 'openswe.db'), 'write')
    const run = { runId: 'r1', startedAtMs: 0, version: 'test', author: 'rules', settings: {} } as const
    insertRun(store, { ...run, hosts: ['n1', 'n2'] })
  }
  expect(await after(pause)).toEqual({
    kind: 'absent',
    explanation: `n1, n2 may still work on a run over ${join(cwd, 'openswe.db')}, but no openswe is attached — come back to it by the command that began it`,
  })
  const { stdout } = await asked('status')
  expect(stdout).toContain('; the run is left to its machines: the same command comes back to them\n')
})

test('a node that is not there is answered with those that are, and nothing is done', async () => {
  await using _run = await RunAsked.begin(join(cwd, 'openswe.db'))
  const near = await asked('drain', node, `${node}1`)
  expect([near.exitCode, near.stderr]).toEqual([
    2,
    `openswe: no node of the run is named ${node}1 — did you mean ${node}?\n`,
  ])
  const far = await asked('slots', 'somewhere-else', '2')
  expect([far.exitCode, far.stderr]).toEqual([
    2,
    `openswe: no node of the run is named somewhere-else — its nodes are ${node}\n`,
  ])
  expect(await after({ command: 'resume' })).toMatchObject({ nodes: [{ state: 'up', slots: 2 }] })
})

test('what an attempt prints is told while it runs, and of one that does not run, nothing', async () => {
  const database = join(cwd, 'openswe.db')
  await using run = await RunAsked.begin(database)
  expect(await askTail(database, 1)).toBe('\n===== iteration 1: build\nmaking a__a-1\n')
  expect(await askTail(database, 3)).toBeNull()
  await run.settle('a__a-1', 'accepted')
  expect(await askTail(database, 1)).toBeNull()
  expect(run.err.text).not.toContain('asked from elsewhere')
})

test('of more visitors than a run has room for each is answered or told that it is not, and the run goes on', async () => {
  const database = join(cwd, 'openswe.db')
  await using _run = await RunAsked.begin(database)
  const visits = Array.from({ length: 400 }, (_, visit) =>
    visit % 2 === 0 ? after({ command: 'look' }) : askTail(database, 1),
  )
  const answers = await Promise.all(visits)
  const looks = answers.filter((answer) => answer !== null && typeof answer === 'object').map(({ kind }) => kind)
  expect(looks).toHaveLength(200)
  expect(looks).toContain('done')
  expect(looks.filter((kind) => kind !== 'done' && kind !== 'unreachable')).toEqual([])
  expect(await after({ command: 'look' })).toMatchObject({ kind: 'done', nodes: [{ running: 2 }] })
})

test('a run is found through links and long paths, only by its own user, and apart from another one beside it', async () => {
  const deep = join(cwd, ...Array.from({ length: 5 }, () => 'd'.repeat(50)))
  mkdirSync(deep, { recursive: true })
  const database = join(deep, 'a.db')
  await using _first = await RunAsked.begin(database)
  await using second = await RunAsked.begin(join(deep, 'b.db'))
  symlinkSync(database, join(cwd, 'link.db'))
  symlinkSync(deep, join(cwd, 'deep'))
  expect(await after(pause, 'link.db')).toMatchObject({ isPaused: true })
  expect(await after(undrain, 'deep/a.db')).toMatchObject({ isPaused: true })
  expect(await after(undrain, 'deep/b.db')).toMatchObject({ isPaused: false })
  const modes = [`${database}-control`, `${database}-control/socket`].map((path) => statSync(path).mode & 0o777)
  expect(modes).toEqual([0o700, 0o600])
  expect(openStore(join(cwd, 'link.db'), 'write')).rejects.toThrow('is being written by pid')
  expect(second.out.text).not.toContain('ended')
})

test('what a killed run left is no run, and the next one takes its place', async () => {
  const database = join(cwd, 'openswe.db')
  {
    await using run = await RunAsked.begin(database)
    await run.killed()
  }
  expect(existsSync(`${database}-control/socket`)).toBe(true)
  expect((await asked('pause')).stderr).toStartWith('openswe: no run is in progress over openswe.db')
  await using _next = await RunAsked.begin(database)
  expect(await after(pause)).toMatchObject({ isPaused: true })
})
