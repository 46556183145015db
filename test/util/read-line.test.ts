import { expect, test } from 'bun:test'
import { readLine } from '../../src/util/read-line.ts'
import { socketPair } from '../support/socket-pair.ts'

const never = new AbortController().signal

test('the first line is read, however it comes, and what is behind it is left', async () => {
  using pair = await socketPair()
  const [near, far] = pair.ends
  const line = readLine(far, 100, never)
  near.write('fir')
  near.write('st\nsecond')
  expect(await line).toBe('first')
  const rest = new Promise((resolve) => far.once('data', (chunk) => resolve(String(chunk))))
  far.resume()
  expect(await rest).toBe('second')
})

test('a line that is too long, or that nobody ends, is none', async () => {
  using long = await socketPair()
  long.ends[0].write('x'.repeat(11))
  expect(await readLine(long.ends[1], 10, never)).toBeNull()
  using cut = await socketPair()
  cut.ends[0].end('half a li')
  expect(await readLine(cut.ends[1], 100, never)).toBeNull()
})

test('of a connection that had ended before anybody listened no line is waited for', async () => {
  using pair = await socketPair()
  const [near, far] = pair.ends
  const closed = new Promise((resolve) => far.once('close', resolve))
  near.destroy()
  far.resume()
  await closed
  expect(await readLine(far, 100, never)).toBeNull()
})
