import { expect, test } from 'bun:test'
import { bar, fit, oneLine, widthOf } from '../../tui/cell.ts'
import { themeOf } from '../../tui/theme.ts'

const unicode = themeOf({ colours: 'none', isUnicode: true })
const ascii = themeOf({ colours: 'none', isUnicode: false })

test('a cell is as wide as it is to be, whatever is in it', () => {
  expect(fit(unicode, 'abc', 5)).toBe('abc  ')
  expect(fit(unicode, 'abc', 5, 'right')).toBe('  abc')
  expect(fit(unicode, 'abcdef', 5)).toBe('abcd…')
  expect(fit(ascii, 'abcdef', 5)).toBe('abcd~')
  expect(fit(unicode, 'abc', 0)).toBe('')
  // Of a character that takes two cells, no half is left.
  expect(fit(unicode, '漢字漢字', 6)).toBe('漢字… ')
  for (const text of ['漢字漢字漢字', 'e\u0301'.repeat(9), '👩🏽👩🏽👩🏽👩🏽', 'aé漢z'.repeat(4)]) {
    for (const width of [1, 2, 3, 5, 8]) expect(widthOf(fit(unicode, text, width))).toBe(width)
  }
})

test('no terminal obeys what a cell holds, and none shows it in another order', () => {
  expect(oneLine(unicode, 'a\u001b[31mb\u0007c\nd\u202ee')).toBe('a\\x1b[31mb\\x07c\\x0ad\\u202ee')
  expect(oneLine(ascii, 'café 漢\u001b')).toBe('caf? ?\\x1b')
  expect(oneLine(unicode, 'x'.repeat(10_000)).length).toBe(1_000)
})

test('a bar is never empty where something is done, nor wider than it is to be', () => {
  expect(Bun.stripANSI(bar(ascii, 0, 4))).toBe('----')
  expect(Bun.stripANSI(bar(ascii, 0.01, 4))).toBe('=---')
  expect(Bun.stripANSI(bar(ascii, 7, 4))).toBe('====')
})
