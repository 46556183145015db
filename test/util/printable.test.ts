import { expect, test } from 'bun:test'
import { printable } from '../../src/util/printable.ts'

test('what could move the cursor, hide or reorder text becomes its escape', () => {
  expect(printable('a\u001b[2Jb\u0007\u009bc\u202ed\u200be\u2028f\ud800')).toBe(
    'a\\x1b[2Jb\\x07\\x9bc\\u202ed\\u200be\\u2028f\ufffd',
  )
})

test('lines and tabs stay only where lines are wanted, and a carriage return never', () => {
  expect(printable('a\n\tb\r\n')).toBe('a\\x0a\\x09b\\x0d\\x0a')
  expect(printable('a\n\tb\r\n', 'lines')).toBe('a\n\tb\\x0d\n')
})

test('text of any script stays', () => {
  expect(printable('naïve 日本語 🙂')).toBe('naïve 日本語 🙂')
})
