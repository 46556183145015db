import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openswe } from '../support/openswe.ts'
import { TestPty } from '../support/pty.ts'
import { RunAsked } from '../support/run-asked.ts'

const main = join(import.meta.dir, '../../src/main.ts')
let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'openswe-steer-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const watch = () => new TestPty([process.execPath, main, 'watch'], { columns: 120, rows: 30, cwd })

test('a run is paused, drained and told to try again by keys, and who watches comes and goes unnoticed', async () => {
  await using run = await RunAsked.begin(join(cwd, 'openswe.db'))
  await run.settle('a__a-1', 'rejected')
  await using pty = watch()
  await pty.shows(/1\/4/)
  pty.write('p')
  await pty.shows(/paused: what runs is finished/)
  await run.err.until(/asked from elsewhere: pause/)
  pty.write('p')
  await run.err.until(/asked from elsewhere: resume/)
  pty.write('\t/rejected\r')
  await pty.shows(/\/rejected/)
  pty.write('r')
  await run.err.until(/asked from elsewhere: retry a__a-1/)
  pty.write('\u001b\t\t\t')
  await pty.shows(/SLOTS/)
  pty.write('d')
  await pty.shows(/finish what runs and take nothing new\?/)
  pty.write('y')
  await run.err.until(new RegExp(`asked from elsewhere: drain ${hostname()}`))
  pty.write('q')
  expect(await pty.ended()).toBe(0)
  await using again = watch()
  await again.shows(/1\/4|0\/4/)
  again.kill('SIGKILL')
  await again.ended()
  await run.settle('a__a-2', 'accepted')
})

test('that somebody else paused a run is shown, and p lets it go on', async () => {
  await using run = await RunAsked.begin(join(cwd, 'openswe.db'))
  expect((await openswe(['pause'], { cwd })).exitCode).toBe(0)
  await using pty = watch()
  await pty.shows(/paused /)
  pty.write('p')
  await run.err.until(/asked from elsewhere: resume/)
})

test('a run that no process runs any more is called unattended, also by who watched it before', async () => {
  await using run = await RunAsked.begin(join(cwd, 'openswe.db'))
  await using pty = watch()
  await pty.shows(/2 running/)
  await run.killed()
  await pty.shows(/unattended /)
})
