import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { putNode } from '../../src/store/nodes.ts'
import { latestRun } from '../../src/store/runs.ts'
import { TestPty } from '../support/pty.ts'
import { type ScreenDatabase, screenDatabase } from '../support/run-screen.ts'
import { noMemory } from '../support/run-values.ts'
import { ScreenFeed } from '../support/screen-feed.ts'

const main = join(import.meta.dir, '../../src/main.ts')
const enterScreen = '\u001b[?1049h'
const leaveScreen = '\u001b[?1049l'
const showCursor = '\u001b[?25h'
const wrapOn = '\u001b[?7h'

let database: ScreenDatabase

beforeAll(async () => {
  database = await screenDatabase((store) => {
    const feed = new ScreenFeed(store, 3, 60, Date.now())
    store.transaction(() => {
      for (let event = 0; event < 300; event += 1) feed.step(Date.now())
    })
  })
})
afterAll(() => database[Symbol.asyncDispose]())

function watch(env: Readonly<Record<string, string>> = {}): TestPty {
  const argv = [process.execPath, main, 'watch', '--db', database.path]
  return new TestPty(argv, { columns: 100, rows: 30, cwd: dirname(database.path), env })
}

/** The alternate screen is left, the cursor shown, lines wrap, and the shell gets what is typed. */
function expectRestored({ text }: TestPty): void {
  expect(text).toContain(enterScreen)
  for (const sequence of [leaveScreen, showCursor, wrapOn]) {
    expect(text.lastIndexOf(sequence)).toBeGreaterThan(text.lastIndexOf(enterScreen))
  }
}

test('every screen is reached by keys, and q leaves the terminal as it was', async () => {
  await using pty = watch()
  await pty.shows(/gpu-03/)
  for (const [keys, shown] of [
    ['\t', /INSTANCE/],
    ['/accepted\r', /accepted/],
    ['\r', /ITERATION/],
    ['\t', /WITH FIX/],
    ['\u001b', /by activity/],
    ['\t', /OF ALL/],
    ['\t', /TOKENS IN/],
    ['?', /To the first/],
  ] as const) {
    pty.write(keys)
    await pty.shows(shown)
  }
  pty.write('x')
  await pty.shows(/TOKENS IN/)
  pty.write('q')
  expect(await pty.ended()).toBe(0)
  expectRestored(pty)
})

test('what is written while somebody watches is shown', async () => {
  await using pty = watch()
  await pty.shows(/gpu-03/)
  const counts = { slots: 8, running: 0, waiting: 0, settled: 0, accepted: 0, faulted: 0, stolen: 0 }
  const late = { node: 'late-node', state: 'up', trouble: null, facts: null, heardAtMs: Date.now(), ...counts }
  putNode(database.writer, latestRun(database.writer)?.run_id ?? '', late, noMemory)
  await pty.shows(/late-node/)
})

test('after a resize storm the screen is as large as the terminal', async () => {
  await using pty = watch()
  await pty.shows(/gpu-03/)
  for (let size = 1; size <= 60; size += 1) pty.resize(20 + 3 * size, 61 - size)
  pty.resize(70, 20)
  await pty.shows(/70x20: 80x24 is needed/)
  pty.resize(120, 40)
  await pty.shows(/gpu-03/)
})

const endings = [
  ['Ctrl-C', (pty: TestPty) => pty.write('\u0003'), 130],
  ['SIGTERM', (pty: TestPty) => pty.kill('SIGTERM'), 143],
  ['SIGHUP', (pty: TestPty) => pty.kill('SIGHUP'), 143],
] as const

for (const [name, end, exitCode] of endings) {
  test(`${name} leaves the terminal as it was`, async () => {
    await using pty = watch()
    await pty.shows(/gpu-03/)
    end(pty)
    expect(await pty.ended()).toBe(exitCode)
    expectRestored(pty)
  })
}

test('without colours no colour is sent, and where only ASCII can be shown nothing else is', async () => {
  await using plain = watch({ NO_COLOR: '1', LANG: 'C' })
  await plain.shows(/gpu-03/)
  expect(plain.text).not.toMatch(/\u001b\[[\d;]*3[0-9]/)
  expect(plain.text).toMatch(/^[\u0000-\u007f]*$/)
  await using full = watch({ COLORTERM: 'truecolor' })
  await full.shows(/gpu-03/)
  expect(full.text).toContain('\u001b[38;2;')
  expect(full.text).toContain('━')
})

test('o writes the log of an instance beside where it is watched, under a name that no id can choose', async () => {
  await using pty = watch()
  await pty.shows(/gpu-03/)
  pty.write('\t/accepted\r')
  await pty.shows(/\/accepted/)
  pty.write('o')
  await pty.shows(/written: /)
  const [, path = ''] = /written: (\S+\.log)/.exec(Bun.stripANSI(pty.text)) ?? []
  expect(await readFile(path, 'utf8')).toStartWith('===== iteration 1: build\n')
  await rm(path)
})

test('where nobody sits at a terminal, watch says what shows the same', async () => {
  const child = Bun.spawn([process.execPath, main, 'watch', '--db', database.path], { stdout: 'pipe', stderr: 'pipe' })
  expect(await child.exited).toBe(2)
  expect(await new Response(child.stderr).text()).toContain('`openswe status`')
})
