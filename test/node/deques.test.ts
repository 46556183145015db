import { expect, test } from 'bun:test'
import { type Deques, emptyDeques, pushTo, resizeDeques, takeFor, withoutItems } from '../../src/node/deques.ts'

function deques(...of: readonly string[]): Deques<string> {
  return of.map((items) => [...items])
}

function shown(of: Deques<string>): string[] {
  return of.map((items) => items.join(''))
}

const any = () => true
/** Letters are kin regardless of their case. */
const kinOf = (item: string) => (other: string) => other.toLowerCase() === item.toLowerCase()

test('what comes goes where the least waits, and behind its kin where that waits no longer by more than one', () => {
  expect(shown(pushTo(emptyDeques(2), 'a', () => false))).toEqual(['a', ''])
  expect(shown(pushTo(deques('a', ''), 'A', kinOf('a')))).toEqual(['aA', ''])
  expect(shown(pushTo(deques('aA', ''), 'a', kinOf('a')))).toEqual(['aA', 'a'])
})

test('a slot does the first of its own, else the last of the fullest', () => {
  const own = takeFor(deques('ab', 'cde'), 0, any)
  expect([own?.item, own && shown(own.deques)]).toEqual(['a', ['b', 'cde']])
  const stolen = takeFor(deques('', 'ab', 'cde'), 0, any)
  expect([stolen?.item, stolen && shown(stolen.deques)]).toEqual(['e', ['', 'ab', 'cd']])
  expect(takeFor(deques('', ''), 0, any)).toBeNull()
})

test('what may not start is passed over', () => {
  expect(takeFor(deques('ab', 'c'), 0, (item) => item === 'b')?.item).toBe('b')
  expect(takeFor(deques('a', 'bc'), 0, (item) => item === 'b')?.item).toBe('b')
  expect(takeFor(deques('a', 'bc'), 0, () => false)).toBeNull()
})

test('what waited for slots that are no more goes to those that are left', () => {
  expect(shown(resizeDeques(deques('a', 'bc', 'd'), 1))).toEqual(['abcd'])
  expect(shown(resizeDeques(deques('a'), 3))).toEqual(['a', '', ''])
  expect(shown(withoutItems(deques('ab', 'c'), (item) => item === 'b'))).toEqual(['a', 'c'])
})
