import { expect, test } from 'bun:test'
import { ExpiringMap } from '../../src/util/expiring-map.ts'

test('a value is there until its time is over, counted from when it was set last', () => {
  let nowMs = 5
  const map = new ExpiringMap<string, number>(100, () => nowMs)
  map.set('a', 1)
  nowMs = 104
  expect([map.get('a'), map.get('b')]).toEqual([1, undefined])
  map.set('a', 2)
  nowMs = 203
  expect(map.get('a')).toBe(2)
  nowMs = 204
  expect(map.get('a')).toBeUndefined()
})
