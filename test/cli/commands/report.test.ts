import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../../src/store/store.ts'
import { openswe } from '../../support/openswe.ts'
import { accept, gradedAs, rolloutOnce } from '../../support/rollout-once.ts'

let cwd: string
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'openswe-report-'))
  using store = await openStore(join(cwd, 'openswe.db'), 'write')
  await accept(store, ['a__a-1', 'b__b-2'])
  await rolloutOnce(store, gradedAs({ 'a__a-1': '+---', 'b__b-2': '++++' }), { keep: '1-2/4' })
  ;(await openStore(join(cwd, 'empty.db'), 'write'))[Symbol.dispose]()
})
afterAll(() => rmSync(cwd, { recursive: true }))

test('the report of a solver says how its tries stand, what they took, and what is kept of them', async () => {
  const { exitCode, stdout } = await openswe(['report', '--keep', '1-2/4'], { cwd })
  expect(exitCode).toBe(0)
  expect(stdout).toBe(
    [
      'bash scripted: 7 graded rollouts of 2 instances, 4 resolved (57.1 %), $0.00 in all; 1 spared',
      '',
      'resolved  instances',
      '0/3               0',
      '1/3               0',
      '2/3               0',
      '3/3               1  ████████████████████',
      '0/4               0',
      '1/4               1  ████████████████████',
      '2/4               0',
      '3/4               0',
      '4/4               0',
      '',
      'pass@1 62.5 %   pass@2 75.0 %   pass@4 100.0 % (1 of 2 instances)',
      '',
      'of a rollout  mean   median  90 %   most',
      'steps         2      2       2      2',
      'tokens in     0      0       0      0',
      'tokens out    0      0       0      0',
      'cost          $0.00  $0.00   $0.00  $0.00',
      'time          0.0s   0.0s    0.0s   0.0s',
      '',
      '1 accepted for training, at $0.00 each',
      '',
      'count  ended',
      '    7  submitted',
      '',
      'count  dropped',
      '    3  outside-band',
      '    3  unresolved',
      '',
    ].join('\n'),
  )
})

test('as JSON it has the same for each solver', async () => {
  const { stdout } = await openswe(['report', '--json'], { cwd })
  const { keep, solvers } = JSON.parse(stdout)
  expect(keep).toBe('all')
  expect(solvers).toMatchObject([
    {
      solver: 'bash scripted',
      resolved: 4,
      notGraded: { open: 0, spared: 1 },
      costUsd: 0,
      costPerKeptUsd: 0,
      passAtK: [
        { k: 1, share: 0.625 },
        { k: 2, share: 0.75 },
        { k: 4, share: 1, instances: 1 },
      ],
    },
  ])
})

test('before the first rollout there is nothing to report', async () => {
  expect(await openswe(['report', '--db', 'empty.db'], { cwd })).toEqual({
    exitCode: 0,
    stdout: 'no graded rollout yet\n',
    stderr: '',
  })
})

test("a line is fitted through a user's own points, without a database", async () => {
  // 10 + 5 · ln(n)
  const points = [1000, 2000, 4000].map((n) => `${n}:${(10 + 5 * Math.log(n)).toFixed(6)}`).join(',')
  const options = { cwd: tmpdir() }
  expect((await openswe(['report', '--fit', points], options)).stdout).toBe(
    'score = 10 + 5 · ln(n), r² = 1.0000; twice as much gives 3.466 more\n',
  )
  expect(JSON.parse((await openswe(['report', '--fit', points, '--json'], options)).stdout)).toMatchObject({
    b: expect.closeTo(5),
  })
  expect(await openswe(['report', '--fit', '1000:35'], options)).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'openswe: --fit: at least two points with different n above 0 are wanted\n',
  })
  expect((await openswe(['report', '--fit', 'many'], options)).stderr).toBe(
    'openswe: --fit: points such as 1000:35.2,2000:38 are wanted, not many\n',
  )
}, 30_000)

test('a page about all of it is written, over an earlier one too, also while another process writes', async () => {
  using _writer = await openStore(join(cwd, 'openswe.db'), 'write')
  for (const _ of ['new', 'again']) {
    expect(await openswe(['report', '--out', 'report.html'], { cwd })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'report written to report.html\n',
    })
  }
  const page = readFileSync(join(cwd, 'report.html'), 'utf8')
  expect(page).toContain('<td class="text">bash scripted</td><td data-key="7">7</td><td data-key="0.625">63 %</td>')
  expect(page).toEndWith('</html>\n')
  expect(existsSync(join(cwd, 'report.html.new'))).toBe(false)
})

test('a page never takes the place of another file, and goes with no other form of the report', async () => {
  writeFileSync(join(cwd, 'mine.html'), '<!doctype html>\n<html lang="en">mine')
  const refused: [string[], string][] = [
    [['--out', 'mine.html'], 'openswe: --out: mine.html is there, and is no report of openswe — name another file\n'],
    [['--out', 'openswe.db'], 'openswe: --out: openswe.db is there, and is no report of openswe — name another file\n'],
    [['--out', 'x.html', '--json'], 'openswe: --out writes a page: neither --json nor --fit goes with it\n'],
  ]
  const results = await Promise.all(refused.map(([words]) => openswe(['report', ...words], { cwd })))
  expect(results).toEqual(refused.map(([, stderr]) => ({ exitCode: 2, stdout: '', stderr })))
  const nowhere = await openswe(['report', '--out', 'none/report.html'], { cwd })
  expect(nowhere.exitCode).toBe(2)
  expect(nowhere.stderr).toStartWith('openswe: --out: none/report.html cannot be written: Error: ENOENT')
  expect(readFileSync(join(cwd, 'mine.html'), 'utf8')).toEndWith('mine')
})
