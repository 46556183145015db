import { expect, test } from 'bun:test'
import { wrapWords } from '../../src/util/wrap-words.ts'

test('lines are as long as they may be, and nothing of the text is lost', () => {
  expect(wrapWords('one two three four', 9)).toEqual(['one two', 'three', 'four'])
  expect(wrapWords('one two three four', 13)).toEqual(['one two three', 'four'])
  expect(wrapWords('', 9)).toEqual([''])
})

test('a word that is too long has a line of its own, and wide characters count twice', () => {
  expect(wrapWords('a https://example.com b', 6)).toEqual(['a', 'https://example.com', 'b'])
  expect(wrapWords('日本 語', 5)).toEqual(['日本', '語'])
})
