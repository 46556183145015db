import { expect, test } from 'bun:test'
import { insertAttempt, saveAttempt } from '../../src/store/attempts.ts'
import { putInstance } from '../../src/store/instances.ts'
import { putIteration } from '../../src/store/iterations.ts'
import { putNode } from '../../src/store/nodes.ts'
import { endRun, insertRun } from '../../src/store/runs.ts'
import type { Store } from '../../src/store/store.ts'
import { themeOf } from '../../tui/theme.ts'
import { writeReportDatabase } from '../support/report-database.ts'
import { liveScreen, nothingPossible, screenDatabase, shownOn } from '../support/run-screen.ts'
import { anInstance, anIteration, noMemory, someSettings } from '../support/run-values.ts'
import { ScreenFeed } from '../support/screen-feed.ts'

const beganMs = Date.UTC(2026, 0, 5, 8)

/** Three nodes and forty instances, so many events on. */
const feedOf = (events: number) => (store: Store) => {
  const feed = new ScreenFeed(store, 3, 40, beganMs)
  store.transaction(() => {
    for (let event = 0; event < events; event += 1) feed.step(beganMs + 100 * event)
  })
  feed.beat(beganMs + 100 * events)
  return feed
}

test('the fleet is a row a node, below how far the run is', async () => {
  await using database = await screenDatabase(feedOf(200))
  const lines = shownOn(liveScreen(database.reader))
  expect(lines).toHaveLength(24)
  expect(lines.slice(0, 9).join('\n')).toMatchInlineSnapshot(`
    " openswe  ━─────────────  2/40  50 % accepted  120/h  19m ± 18m left
     1m00s   24 running   $1.75   3/3 nodes up   14 queued   run 01a20000
      Fleet   Instances   Failures   Cost                                   by name

     NODE       STATE    SLOTS         LOAD   MEM  DISK    /H ACCEPT FAULTS  HEARD
     gpu-01     up       ━━━━━━   8/8   85%   58%   68%            0         1m00s
     gpu-02     up       ━━━━━━   8/8   89%   58%   21%    60      0         1m00s
     gpu-03     up       ━━━━━━   8/8   87%   58%   45%    60      1           40s
    "
  `)
  expect(lines.at(-1)).toMatchInlineSnapshot(
    `" tab next  enter instances  / filter  s sort                     ? help  q quit"`,
  )
})

test('instances show what runs first, and one that is opened shows its stages, its tests and its texts', async () => {
  await using database = await screenDatabase(feedOf(200))
  const screen = liveScreen(database.reader, { first: 'instances' })
  expect(shownOn(screen).slice(2, 8).join('\n')).toMatchInlineSnapshot(`
    "  Fleet   Instances   Failures   Cost                            40 by activity

     INSTANCE                   STATE      STAGE, WHY   NODE     ITER   TIME    COST
     owner-30__project-1000     running    controls     gpu-01      1  1m00s
     owner-179__project-1001    running    build        gpu-02      1  1m00s
     owner-22__project-1002     running    audit        gpu-03      1  1m00s  $0.055"
  `)
  const frames = screen.version()
  screen.press('/', ...'accepted', 'return')
  expect(screen.version()).toBe(frames + 1)
  screen.press('return')
  expect(shownOn(screen, 100, 30).slice(2, 22).join('\n')).toMatchInlineSnapshot(`
    "  facts   tests   build log   test output   Dockerfile   transcript
     owner-11__project-1008
     accepted   on gpu-03   6m38s of work   $0.40

     ITERATION  BY      ENDED                  TIME  WHY
             1  rules   evaluated              1.5s  tests/test_x.py::test_a failed

     ITERATION  STAGE           TIME
             1  fetch          1m19s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
             1  checkout         10s  ━━━━━━━━────────────────────────────────────────────────────
             1  explore        1m13s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━────
             1  write            23s  ━━━━━━━━━━━━━━━━━───────────────────────────────────────────
             1  build            16s  ━━━━━━━━━━━━────────────────────────────────────────────────
             1  audit            56s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━─────────────────
             1  evaluate         45s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━──────────────────────────
             1  controls       1m05s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━───────────
             1  confirm          29s  ━━━━━━━━━━━━━━━━━━━━━━──────────────────────────────────────
             1  analyse         1.4s  ━───────────────────────────────────────────────────────────

    "
  `)
  screen.press('tab')
  expect(shownOn(screen, 100, 30).slice(2, 8).join('\n')).toMatchInlineSnapshot(`
    "  facts   tests   build log   test output   Dockerfile   transcript
     owner-11__project-1008
     WITHOUT   WITH FIX  LIST          TEST
     –         failed                  tests/test_x.py::test_a[\\x00]
     –         passed    PASS_TO_PASS  tests/test_x.py::test_b
    "
  `)
  screen.press('tab')
  expect(shownOn(screen, 100, 30).slice(2, 8).join('\n')).toMatchInlineSnapshot(`
    "  facts   tests   build log   test output   Dockerfile   transcript
     owner-11__project-1008
    ===== iteration 1: build
    Step 1

    "
  `)
})

test('failures are counted by reason, and costs by whatever they are for', async () => {
  await using database = await screenDatabase(feedOf(400))
  const screen = liveScreen(database.reader, { first: 'failures' })
  expect(shownOn(screen).slice(2, 9).join('\n')).toMatchInlineSnapshot(`
    "  Fleet   Instances   Failures   Cost

        COUNT  OF ALL                  OUTCOME      REASON
            4    15 %  ━━━━━━━━━━━━━━  rejected     build-failed
            3    11 %  ━━━━━━━━━━━───  rejected     tests-fail-with-fix
            3    11 %  ━━━━━━━━━━━───  rejected     tests-pass-without-fix
            2     7 %  ━━━━━━━───────  rejected     timed-out"
  `)
  screen.press('tab')
  expect(shownOn(screen).slice(2, 17).join('\n')).toMatchInlineSnapshot(`
    "  Fleet   Instances   Failures   Cost

     $2.81 spent   $497.19 of $500.00 left   $0.20 each accepted

     OUTCOME      BY, REASON                       COUNT        COST        EACH
     accepted     by rules                            14       $1.03      $0.073
     rejected     build-failed                         4       $0.58       $0.15
     rejected     tests-fail-with-fix                  3       $0.00       $0.00
     rejected     tests-pass-without-fix               3      $0.082      $0.027
     rejected     timed-out                            2       $0.00       $0.00
     unsolvable                                        1      $0.055      $0.055
     open                                             13       $1.06      $0.082

     MODEL                      ROLE            CALLS  TOKENS IN     OUT        COST
     some-model                 dockerfile         13       533k    9.1k       $2.81"
  `)
})

test('a selection stays with its node where the order changes, and what is new is shown', async () => {
  await using database = await screenDatabase(feedOf(0))
  let nowMs = beganMs + 10_000
  const screen = liveScreen(database.reader, { nowMs: () => nowMs })
  for (const key of ['s', 's', 's', 's', 'j']) screen.press(key)
  const [frames, selected] = [
    screen.version(),
    () => screen.lines({ columns: 80, rows: 24 }).find((line) => line.includes('\u001b[7m gpu')),
  ]
  expect(selected()).toContain('gpu-02')
  putNode(database.writer, '01a20000-feed', { ...node('gpu-02'), faulted: 9 }, noMemory)
  nowMs += 1_000_000
  screen.look()
  expect(screen.version()).toBe(frames + 1)
  expect(shownOn(screen)[5]).toMatch(/^ gpu-02 .* 9 /)
  expect(selected()).toContain('gpu-02')
})

test('nothing is drawn where nothing is new, and the time of a run that goes on is new each second', async () => {
  await using database = await screenDatabase(feedOf(50))
  let nowMs = beganMs + 10_000
  const screen = liveScreen(database.reader, { nowMs: () => nowMs })
  const looks = (times: number) => {
    const before = screen.version()
    for (let look = 0; look < times; look += 1) screen.look()
    return screen.version() - before
  }
  expect(looks(8)).toBe(0)
  nowMs += 1_000_000
  expect(looks(8)).toBe(1)
  endRun(database.writer, '01a20000-feed', 'ended', nowMs)
  nowMs += 1_000_000
  expect(looks(8)).toBe(1)
  nowMs += 1_000_000
  expect(looks(8)).toBe(0)
})

test('a rollout has steps and a conversation, and no tests of its own; of a run that is over nothing is asked', async () => {
  await using database = await screenDatabase((store) => writeReportDatabase(store, { instances: 8 }))
  const pause = () => Promise.resolve('paused')
  const screen = liveScreen(database.reader, { first: 'instances', actions: { ...nothingPossible, pause } })
  expect(shownOn(screen).slice(4, 7).join('\n')).toMatchInlineSnapshot(`
    " INSTANCE                   STATE      STAGE, WHY   NODE     STEP   TIME    COST
     owner-5__project-7#3       unresolved fail-to-pas…                1m50s  $0.020
     owner-5__project-7#1       unresolved fail-to-pas…                1m50s   $0.35"
  `)
  expect(shownOn(screen).at(-1)).not.toContain('pause')
  screen.press('return')
  expect(shownOn(screen).slice(2, 12).join('\n')).toMatchInlineSnapshot(`
    "  facts   transcript   patch
     owner-5__project-7#3
     unresolved fail-to-pass-fails   1m50s of work   $0.020

     it fails

          STEP  STAGE           TIME
             1  solve          1m30s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
             2  grade            20s  ━━━━━━━━━───────────────────────────────
    "
  `)
  screen.press('tab')
  expect(shownOn(screen).slice(4, 8).join('\n')).toMatchInlineSnapshot(`
    "===== rollout 3 by some-model
    --- tools: bash, edit, submit
    --- system
    You solve issues."
  `)
})

test('however long a question is, the keys that answer it are there', async () => {
  await using database = await screenDatabase(feedOf(0))
  const leave = { ...nothingPossible.leave, question: `Stop ${'the run '.repeat(20)}?` }
  const screen = liveScreen(database.reader, { actions: { ...nothingPossible, leave } })
  screen.press('q')
  expect(shownOn(screen).at(-1)).toMatch(/^ Stop the run .*… {2}y \/ n$/)
})

test('a terminal too small for any screen says how large it is to be', async () => {
  await using database = await screenDatabase(feedOf(0))
  const screen = liveScreen(database.reader)
  expect(shownOn(screen, 79, 3)).toEqual(['79x3: 80x24 is needed', '', ''])
  expect(shownOn(screen, 10, 1)).toEqual(['10x1: 80x…'])
  expect(shownOn(screen, 80, 24)).toHaveLength(24)
})

test('what an attempt prints now is shown from its end, drawn where it is new, and asked for only while somebody looks', async () => {
  await using database = await screenDatabase(feedOf(200))
  let [nowMs, asked, text] = [beganMs + 60_000, 0, 'line 1\nline 2\n 10 %\r100 %\r\n\u001b[2Jend']
  const tail = () => {
    asked += 1
    return Promise.resolve(text)
  }
  const actions = { ...nothingPossible, tail }
  const screen = liveScreen(database.reader, { first: 'instances', actions, nowMs: () => nowMs })
  /** Whether it drew another frame. */
  const look = async (afterMs: number) => {
    nowMs += afterMs
    const frames = screen.version()
    for (let times = 0; times < 3; times += 1) {
      screen.look()
      await Bun.sleep(0)
    }
    return screen.version() > frames
  }
  screen.press('return', 'tab')
  await look(0)
  expect(asked).toBe(1)
  expect(shownOn(screen).slice(2, 9)).toEqual([
    '  facts   live   tests',
    ' owner-30__project-1000',
    'line 1',
    'line 2',
    '100 %',
    '\\x1b[2Jend',
    '',
  ])
  expect([await look(10), asked]).toEqual([false, 1])
  await look(1_000)
  expect(asked).toBe(2)
  text = Array.from({ length: 100 }, (_, line) => `line ${line + 1}`).join('\n')
  expect(await look(1_000)).toBe(true)
  expect(shownOn(screen)[22]).toBe('line 100')
  screen.press('k')
  text += '\nline 101'
  await look(1_000)
  expect(shownOn(screen)[22]).toBe('line 99')
  expect(asked).toBe(3)
  expect(shownOn(screen)[3]).toBe(' owner-30__project-1000   stands still; G follows it')
  screen.press('G')
  await look(0)
  expect(shownOn(screen)[22]).toBe('line 101')
  expect(shownOn(screen)[3]).toBe(' owner-30__project-1000')
  screen.press('escape')
  const before = asked
  await look(5_000)
  expect(asked).toBe(before)
})

test('where nobody answers for an attempt that runs, its screen says so, goes on asking, and keeps what it has', async () => {
  await using database = await screenDatabase(feedOf(200))
  let [nowMs, text] = [beganMs + 60_000, null as string | null]
  const actions = { ...nothingPossible, tail: () => Promise.resolve(text) }
  const screen = liveScreen(database.reader, { first: 'instances', actions, nowMs: () => nowMs })
  const shownAfter = async (afterMs: number) => {
    nowMs += afterMs
    screen.look()
    await Bun.sleep(0)
    screen.look()
    return shownOn(screen).slice(3, 5)
  }
  screen.press('return', 'tab')
  const title = ' owner-30__project-1000'
  expect(shownOn(screen).slice(3, 5)).toEqual([title, ' Asking its node for what it prints.'])
  expect(await shownAfter(0)).toEqual([title, ' Nobody who runs it answers yet.'])
  text = 'line 1'
  expect(await shownAfter(1_000)).toEqual([title, 'line 1'])
  text = null
  await shownAfter(1_000)
  expect(await shownAfter(11_000)).toEqual([`${title}   last heard of 12s ago`, 'line 1'])
})

test('who follows an attempt to its end is led to what came of it, and who reads what it printed goes on reading', async () => {
  await using database = await screenDatabase(feedOf(200))
  let nowMs = beganMs + 60_000
  const text = Array.from({ length: 100 }, (_, line) => `line ${line + 1}`).join('\n')
  const actions = { ...nothingPossible, tail: () => Promise.resolve(text) }
  const screens = [0, 1].map(() => liveScreen(database.reader, { first: 'instances', actions, nowMs: () => nowMs }))
  const [following, reading] = screens
  if (following === undefined || reading === undefined) throw new Error('two screens')
  for (const screen of screens) screen.press('return', 'tab')
  await Bun.sleep(0)
  reading.press('k')
  for (const { attempt_id } of database.reader.all<{ attempt_id: number }>('select attempt_id from attempts')) {
    const verdict = { kind: 'unsolvable', explanation: 'no' } as const
    saveAttempt(database.writer, attempt_id, { state: 'settled', generation: 9, verdict, settledAtMs: 0, faults: [] })
  }
  nowMs += 1_000_000
  for (const screen of screens) screen.look()
  const facts = ['  facts   tests', ' owner-30__project-1000', ' unsolvable   on gpu-01   5m22s of work']
  expect(shownOn(following).slice(2, 5)).toEqual(facts)
  expect(shownOn(reading).slice(2, 5)).toEqual([
    '  facts   live   tests                                                   99/100',
    ' owner-30__project-1000   it has ended',
    'line 81',
  ])
  reading.press('G')
  expect(shownOn(reading).slice(2, 5)).toEqual(facts)
})

test('a text of what goes on is followed by whoever went to its end, and begins at its first line for others', async () => {
  await using database = await screenDatabase(feedOf(200))
  let nowMs = beganMs + 60_000
  const screen = liveScreen(database.reader, { first: 'instances', nowMs: () => nowMs })
  const [first] = database.reader.all<{ attempt_id: number }>('select attempt_id from attempts order by attempt_id')
  const builtAs = (number: number) => {
    const buildLog = Array.from({ length: 100 }, (_, line) => `line ${number}-${line + 1}`).join('\n')
    putIteration(
      database.writer,
      { attempt: first?.attempt_id ?? 0, generation: 1 },
      { ...anIteration(number), buildLog },
    )
    nowMs += 1_000_000
    screen.look()
  }
  builtAs(1)
  screen.press('return', 'tab', 'tab', 'tab')
  expect(shownOn(screen).slice(2, 6)).toEqual([
    '  facts   live   tests   build log   test output   Dockerfile            19/101',
    ' owner-30__project-1000',
    '===== iteration 1: build',
    'line 1-1',
  ])
  builtAs(2)
  expect(shownOn(screen)[5]).toBe('line 1-1')
  screen.press('G')
  expect(shownOn(screen)[22]).toBe('line 2-100')
  builtAs(3)
  expect(shownOn(screen)[22]).toBe('line 3-100')
  screen.press('k')
  builtAs(4)
  expect(shownOn(screen)[22]).toBe('line 3-99')
})

const hostile = [
  '\u001b[2J\u001b]0;owned\u0007',
  '\u202egnp.exe',
  `${'漢'.repeat(50)}\u0301\ufe0f`,
  'a\r\nb\tc\u0085d',
  'x'.repeat(10_000),
  '👩🏽‍🚀'.repeat(40),
  '\ud800',
]

function writeHostile(store: Store): void {
  insertRun(store, {
    runId: hostile.join(''),
    startedAtMs: beganMs,
    version: '0',
    author: 'rules',
    settings: someSettings,
  })
  for (const [index, text] of hostile.entries()) {
    const instance_id = `${text}${index}`
    putInstance(store, anInstance(instance_id, { repo: text }), `row ${index}`)
    const id = insertAttempt(store, {
      instance_id,
      row_digest: `row ${index}`,
      run_id: hostile.join(''),
      author: 'rules',
    })
    const output = hostile.join('\n')
    const iteration = anIteration(1)
    const runs = iteration.runs.map((run) => ({
      ...run,
      output,
      report: { outcomes: { [text]: 'failed' as const }, collectionErrors: [] },
    }))
    const result = { ...iteration.result, explanation: output }
    putIteration(
      store,
      { attempt: id, generation: 1 },
      { ...iteration, runs, result, buildLog: output, dockerfile: output },
    )
    const fault = { kind: 'engine-failed', message: output, node: text, atMs: beganMs } as const
    const verdict = { kind: 'unsolvable', explanation: output } as const
    saveAttempt(store, id, { state: 'settled', generation: 1, verdict, settledAtMs: beganMs, faults: [fault] })
    putNode(store, hostile.join(''), { ...node(text), trouble: output }, noMemory)
  }
}

function node(name: string) {
  const counts = { slots: 8, running: 3, waiting: 0, settled: 0, accepted: 0, faulted: 0, stolen: 0 }
  return { node: name, state: 'up', trouble: null, facts: null, heardAtMs: beganMs, ...counts }
}

const keysThroughAll = [
  'j',
  'tab',
  'j',
  'return',
  'tab',
  'tab',
  'tab',
  'tab',
  'G',
  'escape',
  '/',
  '漢',
  'escape',
  'tab',
  'return',
  'tab',
  'tab',
  'd',
  'n',
  '?',
  'q',
]

for (const [columns, rows] of [
  [80, 24],
  [200, 60],
] as const) {
  for (const isUnicode of [true, false]) {
    test(`at ${columns}x${rows}, ${isUnicode ? 'with' : 'without'} Unicode, nothing hostile leaves its cells or reaches the terminal`, async () => {
      await using database = await screenDatabase(writeHostile)
      const theme = themeOf({ colours: 'full', isUnicode })
      const actions = { ...nothingPossible, drain: () => Promise.resolve('') }
      const screen = liveScreen(database.reader, { theme, actions })
      for (const key of keysThroughAll) {
        screen.press(key)
        screen.tell(hostile.join(' '))
        const lines = screen.lines({ columns, rows })
        expect(lines).toHaveLength(rows)
        for (const line of lines) {
          expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns)
          const text = line.replace(/\u001b\[[\d;]*m/g, '')
          expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800]/u)
          if (!isUnicode) expect(text).toMatch(/^[ -~]*$/)
        }
      }
    })
  }
}
