import { describe, expect, test } from 'bun:test'
import { MessageChannel, type MessageChannelOptions } from '../../src/util/message-channel.ts'
import { streamChannel } from '../../src/util/stream-channel.ts'
import { socketPair } from '../support/socket-pair.ts'

async function channels(options: MessageChannelOptions = {}) {
  const pair = await socketPair()
  const [near, far] = pair.ends.map((end) => new MessageChannel(streamChannel(end), options))
  if (near === undefined || far === undefined) throw new Error('no pair')
  return { near, far, [Symbol.dispose]: () => pair[Symbol.dispose]() }
}

async function take(channel: AsyncIterable<unknown>, count: number): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const value of channel) if (values.push(value) === count) break
  return values
}

const large = Array.from({ length: 100_000 }, (_, index) => Math.imul(index, 2654435761))

describe('a message channel', () => {
  test('carries values both ways, whatever their size', async () => {
    using pair = await channels()
    const echo = (async () => {
      for await (const value of pair.far) pair.far.send(value, 'bulk')
    })()
    const values = ['a', { large }, 7, Array(1000).fill({ b: large.slice(0, 100) }), null]
    for (const value of values) pair.near.send(value, 'bulk')
    expect(await take(pair.near, values.length)).toEqual(values)
    pair.near.close()
    await echo
    expect(await pair.far.closed).toBe('the other side ended it')
    expect(await pair.near.closed).toBe('it was closed here')
  })

  test('lets a pulse overtake what is large', async () => {
    using pair = await channels()
    pair.near.send(large, 'bulk')
    pair.near.send(large, 'bulk')
    pair.near.send('beat', 'pulse')
    const reading = take(pair.far, 3)
    // Its own side has to hear how far it was read.
    void take(pair.near, 1)
    expect((await reading)[0]).toBe('beat')
  })

  test('says what is pending, and when that is gone', async () => {
    using pair = await channels()
    const reading = take(pair.far, 20)
    void take(pair.near, 1)
    for (let index = 0; index < 20; index += 1) pair.near.send(large, 'bulk')
    expect(pair.near.pendingBytes).toBeGreaterThan(1_000_000)
    await pair.near.drained(100_000)
    expect(pair.near.pendingBytes).toBeLessThanOrEqual(100_000)
    await pair.near.drained()
    expect(await reading).toHaveLength(20)
  })

  test('to somebody who reads nothing ends, and keeps nothing', async () => {
    using pair = await channels({ pendingLimitBytes: 1_000_000 })
    for (let sent = 0; sent < 50; sent += 1) pair.near.send(large, 'bulk')
    expect(await pair.near.closed).toMatch(/^the other side reads nothing: \d+ bytes wait for it$/)
    await pair.near.drained()
    pair.near.send('more', 'bulk')
  })
})

describe('what is no line of ours', () => {
  test('ends the channel, after the values before it', async () => {
    using pair = await socketPair()
    const [near, far] = pair.ends
    const writer = new MessageChannel(streamChannel(near))
    const reader = new MessageChannel(streamChannel(far))
    writer.send('fine', 'bulk')
    await writer.drained()
    near.write('bash: fork: Cannot allocate memory\n')
    expect(await take(reader, 2)).toEqual(['fine'])
    expect(await reader.closed).toBe('E_WIRE: not a line of ours: "bash: fork: Cannot allocate memory"')
    expect(await writer.closed).toBe('the other side ended it')
  })

  test('may come before the first line', async () => {
    using pair = await socketPair()
    const [near, far] = pair.ends
    near.write('Welcome to node7!\n$ ')
    new MessageChannel(streamChannel(near)).send('hello', 'pulse')
    expect(await take(new MessageChannel(streamChannel(far)), 1)).toEqual(['hello'])
  })

  test('may not be all that comes for long', async () => {
    using pair = await socketPair()
    const [near, far] = pair.ends
    near.write('Password:')
    const reader = new MessageChannel(streamChannel(far), { noiseMs: 1 })
    expect(await take(reader, 1)).toEqual([])
    expect(await reader.closed).toBe('E_WIRE: no line of ours in 1 ms, but "Password:"')
  })
})
