import { expect, test } from 'bun:test'
import { OutputTail } from '../../src/util/output-tail.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function tailOf(limitBytes: number, ...chunks: readonly string[]): string {
  const tail = new OutputTail(limitBytes)
  for (const chunk of chunks) tail.push(bytes(chunk))
  return tail.text()
}

test('what fits is whole, and of more the last lines are left', () => {
  expect(tailOf(8)).toBe('')
  expect(tailOf(8, 'one\n', 'two\n')).toBe('one\ntwo\n')
  expect(tailOf(8, 'one\n', 'two\n', 'three')).toBe('three')
  expect(tailOf(8, 'a line longer than all of it')).toBe('ll of it')
  expect(tailOf(4, 'é\né')).toBe('é')
  expect(tailOf(8, 'a line longer than all of it\n')).toBe('l of it\n')
})

test('however it comes in pieces, the last bytes are the same', () => {
  const text = 'a\nbc\ndéf\nghijk'
  const whole = bytes(text)
  for (let limitBytes = 1; limitBytes <= whole.byteLength + 1; limitBytes += 1) {
    const last = new TextDecoder().decode(whole.slice(-limitBytes))
    const expected = whole.byteLength <= limitBytes ? last : last.slice(last.indexOf('\n') + 1)
    for (let size = 1; size <= whole.byteLength; size += 1) {
      const tail = new OutputTail(limitBytes)
      for (let at = 0; at < whole.byteLength; at += size) tail.push(whole.subarray(at, at + size))
      expect(tail.text()).toBe(expected)
    }
  }
})

test('what was pushed may be written over afterwards', () => {
  const tail = new OutputTail(8)
  const chunk = bytes('abc')
  tail.push(chunk)
  chunk.fill(0x7a)
  expect(tail.text()).toBe('abc')
})
