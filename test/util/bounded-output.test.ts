import { expect, test } from 'bun:test'
import { BoundedOutput } from '../../src/util/bounded-output.ts'

function keep(limitBytes: number, ...chunks: readonly string[]): BoundedOutput {
  const output = new BoundedOutput(limitBytes)
  for (const chunk of chunks) output.push(Buffer.from(chunk))
  return output
}

test('output within the bound is kept whole, whatever its bytes', () => {
  const output = new BoundedOutput(100)
  output.push(new Uint8Array([0, 255, 10]))
  output.push(new Uint8Array([13]))
  expect([...output.bytes()]).toEqual([0, 255, 10, 13])
})

test('beyond the bound the first and the last half are kept, and the rest is counted', () => {
  const output = keep(10, 'aaa', 'aabbb', 'bb', 'ccccc', 'ddddd')
  expect(output.text()).toBe('aaaaa\n[... 10 bytes left out ...]\nddddd')
  expect(output.totalBytes).toBe(20)
})

test.each([1, 2, 3, 5, 7, 1000])('the size of the pieces changes nothing: %d', (size) => {
  const text = Array.from({ length: 500 }, (_, i) => String(i)).join(' ')
  const output = new BoundedOutput(100)
  for (let at = 0; at < text.length; at += size) output.push(Buffer.from(text.slice(at, at + size)))
  expect(output.text()).toBe(`${text.slice(0, 50)}\n[... ${text.length - 100} bytes left out ...]\n${text.slice(-50)}`)
})

test('text is always well formed', () => {
  expect(keep(100, 'é').text()).toBe('é')
  expect(keep(2, 'ééé').text().isWellFormed()).toBe(true)
})
