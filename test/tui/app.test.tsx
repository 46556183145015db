import { afterEach, expect, test } from 'bun:test'
import { cleanup, render } from 'ink-testing-library'
import { App } from '../../tui/app.tsx'
import { keyNames } from '../../tui/key-name.ts'
import type { LiveScreen } from '../../tui/live-screen.ts'
import { liveScreen, nothingPossible, screenDatabase } from '../support/run-screen.ts'
import { ScreenFeed } from '../support/screen-feed.ts'

const key = {
  ...{ upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageDown: false, pageUp: false },
  ...{ home: false, end: false, return: false, escape: false, ctrl: false, shift: false, tab: false },
  ...{ backspace: false, delete: false, meta: false, super: false, hyper: false, capsLock: false, numLock: false },
}

afterEach(cleanup)

/** Rendered, and listening for keys. */
async function rendered(screen: LiveScreen) {
  const app = render(<App screen={screen} />)
  await until(() => app.stdin.listenerCount('readable') > 0)
  return app
}

/** What never becomes so is the test's time running out. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

const smallFeed = () => screenDatabase((store) => new ScreenFeed(store, 3, 40, Date.UTC(2026, 0, 5, 8)))

test('keys are named as the key table names them, and what is pasted is many', () => {
  expect(keyNames('', { ...key, upArrow: true })).toEqual(['up'])
  expect(keyNames('', { ...key, tab: true, shift: true })).toEqual(['shift+tab'])
  expect(keyNames('c', { ...key, ctrl: true })).toEqual(['ctrl+c'])
  expect(keyNames('', { ...key, delete: true })).toEqual(['backspace'])
  expect(keyNames('\t漢j\r', key)).toEqual(['tab', '漢', 'j', 'return'])
  expect(keyNames('d', { ...key, meta: true })).toEqual([])
})

test('Ink shows each frame as it is, and every key leads to another', async () => {
  await using database = await smallFeed()
  const screen = liveScreen(database.reader)
  const app = await rendered(screen)
  const size = { columns: 100, rows: 24 }
  const isShown = () =>
    app.lastFrame() ===
    screen
      .lines(size)
      .map((line) => line.trimEnd())
      .join('\n')
  expect(app.lastFrame()).toContain('gpu-02')
  expect(isShown()).toBe(true)
  for (const [keys, text] of [
    ['\t', 'by activity'],
    ['?', 'Keys'],
    ['\u001b[C', 'by activity'],
  ] as const) {
    app.stdin.write(keys)
    await until(() => app.lastFrame()?.includes(text) === true)
    expect(isShown()).toBe(true)
  }
})

test('what cannot be read ends the screen, and says why', async () => {
  await using database = await smallFeed()
  const screen = liveScreen(database.reader)
  render(<App screen={screen} />)
  database.reader[Symbol.dispose]()
  screen.press('tab')
  expect(screen.left).rejects.toThrow('not open')
})

test('what came of a key is said at the foot, and a failure too', async () => {
  await using database = await smallFeed()
  const answers = ['paused', new Error('no run goes on')]
  const pause = async () => {
    const answer = answers.shift()
    if (typeof answer !== 'string') throw answer
    return answer
  }
  const screen = liveScreen(database.reader, { actions: { ...nothingPossible, pause } })
  const app = await rendered(screen)
  for (const text of ['paused', 'no run goes on']) {
    app.stdin.write('p')
    await until(() => app.lastFrame()?.split('\n').at(-1)?.includes(text) === true)
  }
  expect(answers).toEqual([])
})
