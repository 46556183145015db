import { expect, test } from 'bun:test'
import { keyRows } from '../../tui/keys.ts'
import { type Pressed, press, type Shown } from '../../tui/press.ts'
import type { ScreenActions } from '../../tui/source.ts'
import { firstView, type View } from '../../tui/view.ts'
import { nothingPossible } from '../support/run-screen.ts'

const shown: Shown = {
  size: { count: 100, height: 10 },
  node: 'gpu-01',
  attempt: { attemptId: 7, instanceId: 'a__a-1' },
  ending: { outcome: 'rejected', reason: 'build-failed' },
  tabs: ['facts', 'live', 'tests'],
  top: 0,
  isGoingOn: true,
  hiddenHelp: 0,
}
const done = () => Promise.resolve('done')
const possible: ScreenActions = { ...nothingPossible, pause: done, drain: done, retry: done }

function pressed(keys: readonly string[], from: View = firstView('fleet'), actions = possible): Pressed {
  let last: Pressed = { view: from, effect: null }
  for (const key of keys) last = press(last.view, key, shown, actions)
  return last
}

test('a failure is found in three keys: over to failures, and into its instances', () => {
  const { view } = pressed(['tab', 'tab', 'return'])
  expect([view.screen, view.ending]).toEqual(['instances', { outcome: 'rejected', reason: 'build-failed' }])
  expect(pressed(['return'], view).view.instance).toEqual({ attemptId: 7, tab: 'facts', top: 0 })
  const out = pressed(['return', 'escape', 'escape'], view).view
  expect([out.screen, out.ending, out.instance]).toEqual(['failures', null, null])
})

test('screens follow each other in a ring, and so do the texts of an instance', () => {
  expect(pressed(['tab', 'tab', 'tab', 'tab']).view.screen).toBe('fleet')
  expect(pressed(['h']).view.screen).toBe('cost')
  const { view } = pressed(['tab', 'return', 'shift+tab'])
  expect(view.instance?.tab).toBe('tests')
  expect(pressed(['right'], view).view.instance?.tab).toBe('facts')
})

test('what is being written is followed until somebody moves up, and again from its end', () => {
  const { view } = pressed(['tab', 'return', 'tab'])
  expect(view.instance).toEqual({ attemptId: 7, tab: 'live', top: 'end' })
  const at = (top: number, key: string) => press(view, key, { ...shown, top }, possible).view.instance?.top
  expect([at(90, 'up'), at(89, 'up'), at(89, 'down'), at(3, 'G'), at(3, 'g')]).toEqual([89, 88, 'end', 'end', 0])
  const tests = pressed(['tab'], view).view
  const after = (changed: Partial<Shown>) => press(tests, 'G', { ...shown, ...changed }, possible).view.instance?.top
  expect([after({}), after({ isGoingOn: false }), after({ size: { count: 9, height: 10 } })]).toEqual(['end', 90, 0])
})

test('hjkl and arrows move alike, and not beyond the ends', () => {
  const at = (keys: readonly string[]) => pressed(keys).view.lists.fleet
  expect(at(['j', 'down', 'k'])).toMatchObject({ selected: 1, top: 0 })
  expect(at(['up'])).toMatchObject({ selected: 0 })
  expect(at(['G'])).toMatchObject({ selected: 99, top: 90 })
  expect(at(['pagedown', 'pagedown'])).toMatchObject({ selected: 18, top: 9 })
  expect(at(['G', 'g'])).toMatchObject({ selected: 0, top: 0 })
})

test('what is typed into a filter is no key until enter, and escape brings the one before back', () => {
  const typed = pressed(['/', 'q', 'd', 'x', 'backspace'])
  expect([typed.view.lists.fleet.filter, typed.effect]).toEqual(['qd', null])
  const kept = pressed(['return'], typed.view).view
  expect([kept.lists.fleet.filter, kept.prompt]).toEqual(['qd', null])
  expect(pressed(['/', 'z', 'escape'], kept).view.lists.fleet.filter).toBe('qd')
  expect(pressed(['escape'], kept).view.lists.fleet.filter).toBe('')
})

test('a node is drained only where somebody says yes', () => {
  const asked = pressed(['d']).view
  expect(asked.prompt).toMatchObject({ kind: 'confirm', question: expect.stringContaining('gpu-01') })
  expect(pressed(['y'], asked).effect).toEqual({ kind: 'drain', node: 'gpu-01' })
  for (const key of ['n', 'escape', 'd', 'q'])
    expect(pressed([key], asked)).toMatchObject({ effect: null, view: { prompt: null } })
})

test('what cannot be done is no key', () => {
  for (const key of ['p', 'd'])
    expect(pressed([key], firstView('fleet'), nothingPossible)).toEqual({ view: firstView('fleet'), effect: null })
  expect(pressed(['r'], firstView('instances'), nothingPossible).effect).toBeNull()
})

test('keys lead to what they are for', () => {
  const effects = (key: string) => pressed([key], firstView('instances')).effect
  expect(effects('p')).toEqual({ kind: 'pause', isPaused: true })
  expect(pressed(['p'], firstView('fleet'), { ...possible, attendance: () => 'paused' }).effect).toEqual({
    kind: 'pause',
    isPaused: false,
  })
  expect(effects('r')).toEqual({ kind: 'retry', instanceId: 'a__a-1' })
  expect(effects('o')).toEqual({ kind: 'save', attemptId: 7 })
  expect(effects('q')).toEqual({ kind: 'leave' })
  expect(effects('ctrl+c')).toEqual({ kind: 'interrupt' })
})

test('where leaving ends something it is asked first, and Ctrl-C is never asked', () => {
  const actions = { ...possible, leave: { word: 'stop', help: '', question: 'Stop?' } }
  const asked = pressed(['q'], firstView('fleet'), actions)
  expect([asked.effect, asked.view.prompt?.kind]).toEqual([null, 'confirm'])
  expect(press(asked.view, 'ctrl+c', shown, actions).effect).toEqual({ kind: 'interrupt' })
  expect(press(asked.view, 'y', shown, actions).effect).toEqual({ kind: 'leave' })
})

test('no key means two things in one place', () => {
  for (const place of ['fleet', 'instances', 'failures', 'cost', 'instance'] as const) {
    const keys = keyRows.filter(({ on }) => on === undefined || on.includes(place)).flatMap((row) => row.keys)
    expect(keys.length).toBe(new Set(keys).size)
  }
})
