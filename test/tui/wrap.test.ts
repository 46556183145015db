import { expect, test } from 'bun:test'
import { asPrinted, wrapLines } from '../../tui/wrap.ts'
import { plainTheme } from '../support/run-screen.ts'

test('of what a bar of progress wrote over only the last is left, whichever end of it returns', () => {
  expect(asPrinted(' 10 %\r 55 %\r100 %\r\nend')).toBe('100 %\nend')
  expect(asPrinted('\r 10 %\r 55 %')).toBe(' 55 %')
  expect(asPrinted(' 10 %\r 55 %\r')).toBe(' 55 %')
  expect(asPrinted('\u001b[2K\r 10 %\u001b[2K\r 55 %\u001b[K\r')).toBe(' 55 %')
  expect(asPrinted('\r\r\n\r')).toBe('\n')
})

test('colours are left out, and whatever else would move a cursor is seen', () => {
  expect(asPrinted('\u001b[1;31mred\u001b[0m \u001b[2Jgone \u001b]0;title\u0007')).toBe(
    'red \u001b[2Jgone \u001b]0;title\u0007',
  )
})

for (const [name, character] of [
  ['letters', 'x'],
  ['wide letters', '漢'],
  ['letters outside the basic plane', '𠜎'],
  ['characters of many parts', '👩🏽‍🚀'],
] as const) {
  test(`a line of a hundred thousand ${name} is wrapped as soon as any other, and loses nothing`, () => {
    const count = Math.floor(100_000 / character.length)
    const lines = wrapLines(plainTheme, character.repeat(count), 79)
    const widths = new Set(lines.slice(0, -1).map((line) => Bun.stringWidth(line)))
    expect([...widths].filter((width) => width < 78 || width > 79)).toEqual([])
    expect(lines.join('')).toBe(wrapLines(plainTheme, character, 79).join('').repeat(count))
  })
}

test('what has no width at all ends somewhere', () => {
  const marks = `a${'\u0301'.repeat(10_000)}`
  expect(wrapLines(plainTheme, marks, 79).join('')).toBe(marks)
})
