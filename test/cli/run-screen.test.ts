import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { TestPty } from '../support/pty.ts'
import { type ScreenDatabase, screenDatabase } from '../support/run-screen.ts'
import { ScreenFeed } from '../support/screen-feed.ts'

const program = join(import.meta.dir, 'screened-run.ts')
const leaveScreen = '\u001b[?1049l'

let database: ScreenDatabase

beforeAll(async () => {
  database = await screenDatabase((store) => new ScreenFeed(store, 3, 60, Date.now()))
})
afterAll(() => database[Symbol.asyncDispose]())

/** A run with its screen, on which something was told by now. */
async function shown(place: 'here' | 'fleet' | 'crash', path = database.path): Promise<TestPty> {
  await using undo = new AsyncDisposableStack()
  const pty = undo.use(new TestPty([process.execPath, program, path, place], { columns: 100, rows: 30 }))
  await pty.shows(/gpu-02: the link broke/)
  undo.move()
  return pty
}

/** What stands on the terminal once the screen is gone. */
const printedAfter = ({ text }: TestPty) =>
  Bun.stripANSI(text.slice(text.lastIndexOf(leaveScreen)))
    .replaceAll('\r', '')
    .trim()

test('what a run prints while its screen is shown is told at its foot, and printed after', async () => {
  await using pty = await shown('here')
  pty.kill('SIGTERM')
  expect(await pty.ended()).toBe(0)
  expect(Bun.stripANSI(pty.text)).toStartWith('taken in')
  expect(printedAfter(pty)).toBe('gpu-02: the link broke\ntable\nended by SIGTERM')
})

test('Ctrl-C is the signal that it is without a screen', async () => {
  await using pty = await shown('here')
  pty.write('\u0003')
  expect(await pty.ended()).toBe(0)
  expect(printedAfter(pty)).toEndWith('ended by SIGINT')
})

test('q stops a run of this machine where somebody says yes, and leaves a fleet to itself at once', async () => {
  await using here = await shown('here')
  here.write('q')
  await here.shows(/Stop the run\?/)
  here.write('n')
  await here.shows(/q stop/)
  here.write('qy')
  expect(await here.ended()).toBe(0)
  expect(printedAfter(here)).toEndWith('ended by SIGINT')
  await using fleet = await shown('fleet')
  fleet.write('q')
  expect(await fleet.ended()).toBe(0)
  expect(printedAfter(fleet)).toEndWith('detached')
})

test('a crash is told where it can be read, on the terminal as it was', async () => {
  await using pty = await shown('crash')
  expect(await pty.ended()).toBe(70)
  expect(printedAfter(pty)).toBe('crashed: Error: nobody caught this')
})

test('where the screen cannot go on the run does, and says so in lines', async () => {
  await using broken = await screenDatabase((store) => new ScreenFeed(store, 3, 60, Date.now()))
  await using pty = await shown('fleet', broken.path)
  broken.writer.run('alter table nodes rename to gone')
  expect(await pty.ended()).toBe(0)
  expect(printedAfter(pty)).toMatch(/the screen failed, and the run continues: .*no such table: nodes(.|\n)*follows$/)
})
