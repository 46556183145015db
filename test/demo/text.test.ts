import { expect, test } from 'bun:test'
import { edited, text, withCrlf } from '../../src/demo/text.ts'

test('indentation up to two columns right of the closing backtick goes, deeper indentation stays', () => {
  const content = text`
    def f():
        return 1

  `
  expect(content).toBe('def f():\n    return 1\n\n')
})

test('backslashes stay but for those that protect backticks', () => {
  expect(text`
    r"\d\n" \`code\`
  `).toBe('r"\\d\\n" `code`\n')
})

test('an edit replaces one occurrence and refuses none or several', () => {
  expect(edited('a b c', 'b', '$&')).toBe('a $& c')
  expect(() => edited('a a', 'a', 'b')).toThrow('exactly one occurrence of "a"')
  expect(() => edited('a', 'b', 'c')).toThrow('exactly one occurrence of "b"')
})

test('every line end becomes CRLF', () => {
  expect(withCrlf('a\nb\n')).toBe('a\r\nb\r\n')
})
