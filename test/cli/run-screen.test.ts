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

const show = (place: 'here' | 'fleet' | 'crash', path = database.path) =>
  new TestPty([process.execPath, program, path, place], { columns: 100, rows: 30 })

/** What stands on the terminal once the screen is gone. */
const printedAfter = ({ text }: TestPty) =>
  Bun.stripANSI(text.slice(text.lastIndexOf(leaveScreen)))
    .replaceAll('\r', '')
    .trim()

test('what a run prints while its screen is shown is told at its foot, and printed after', async () => {
  await using pty = show('here')
  await pty.shows(/gpu-02: the link broke/)
  pty.kill('SIGTERM')
  expect(await pty.ended()).toBe(0)
  expect(Bun.stripANSI(pty.text)).toStartWith('taken in')
  expect(printedAfter(pty)).toBe('gpu-02: the link broke\ntable\nended by SIGTERM')
})

test('Ctrl-C is the signal that it is without a screen', async () => {
  await using pty = show('here')
  await pty.shows(/the link broke/)
  pty.write('\u0003')
  expect(await pty.ended()).toBe(0)
  expect(printedAfter(pty)).toEndWith('ended by SIGINT')
})

test('q stops a run of this machine where somebody says yes, and leaves a fleet to itself at once', async () => {
  await using here = show('here')
  await here.shows(/the link broke/)
  here.write('q')
  await here.shows(/Stop the run\?/)
  here.write('n')
  await here.shows(/q stop/)
  here.write('qy')
  expect(await here.ended()).toBe(0)
  expect(printedAfter(here)).toEndWith('ended by SIGINT')
  await using fleet = show('fleet')
  await fleet.shows(/the link broke/)
  fleet.write('q')
  expect(await fleet.ended()).toBe(0)
  expect(printedAfter(fleet)).toEndWith('detached')
})

test('a crash is told where it can be read, on the terminal as it was', async () => {
  await using pty = show('crash')
  await pty.shows(/the link broke/)
  expect(await pty.ended()).toBe(70)
  expect(printedAfter(pty)).toBe('crashed: Error: nobody caught this')
})

test('where the screen cannot go on the run does, and says so in lines', async () => {
  await using broken = await screenDatabase((store) => new ScreenFeed(store, 3, 60, Date.now()))
  await using pty = show('fleet', broken.path)
  await pty.shows(/the link broke/)
  broken.writer.run('alter table nodes rename to gone')
  expect(await pty.ended()).toBe(0)
  expect(printedAfter(pty)).toMatch(/the screen failed, and the run continues: .*no such table: nodes(.|\n)*follows$/)
})
