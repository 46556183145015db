import { expect, test } from 'bun:test'
import { closingReferences } from '../../src/collect/linked-issues.ts'
import { storyOf } from '../../src/collect/mine-git-message.ts'

test('keywords close issues of this repository, in every form that GitHub takes', () => {
  const closed = (...texts: string[]) => closingReferences(texts, 'o/r')
  expect(closed('Fixes #3', 'closed: GH-1 and RESOLVES o/R#2')).toEqual([1, 2, 3])
  expect(closed('resolved https://github.com/o/r/issues/7')).toEqual([7])
  expect(closed('fix x/y#7, fix https://github.com/x/y/issues/8')).toEqual([])
  expect(closed('see #7, prefix #8, fixing #9, fixes #0', '<!-- fixes #10 -->')).toEqual([])
  expect(closed('fixes #12a', 'fixes\n#13')).toEqual([13])
})

test('the pull request is read from the messages of each forge', () => {
  const number = (message: string) => storyOf(message, [], 'o/r').pullNumber
  expect(number('Merge pull request #5 from a/b\n\nTitle')).toBe(5)
  expect(number('Revert "Title (#5)" (#6)')).toBe(6)
  expect(number('Merged in feature/x (pull request #7)\n\nTitle')).toBe(7)
  expect(number("Merge branch 'x' into 'main'\n\nTitle\n\nSee merge request g/p!8")).toBe(8)
  expect(number('Merged PR 9: Title')).toBe(9)
  expect(number('Title #5')).toBe(null)
})

test('a statement is what the message says, without numbers and trailers, or what was merged', () => {
  const told = storyOf('Title (#5)\n\nWhy.\n\nCo-authored-by: A <a@b>\n', [], 'o/r')
  expect(told).toEqual({ pullNumber: 5, issueNumbers: [], title: 'Title', text: 'Title\n\nWhy.' })
  expect(storyOf('Merge pull request #5 from a/b', ['First\n\nfixes #2', 'Second'], 'o/r')).toEqual({
    pullNumber: 5,
    issueNumbers: [2],
    title: 'First',
    text: 'First\n\nfixes #2\nSecond',
  })
})
