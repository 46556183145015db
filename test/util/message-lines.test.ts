import { describe, expect, test } from 'bun:test'
import { LineReader } from '../../src/util/line-reader.ts'
import { LineWriter } from '../../src/util/line-writer.ts'
import { encodeLine, WireError, wireLimits } from '../../src/util/wire-line.ts'

/** The same for the same seed; nothing that zstd can shorten. */
function randomBytes(seed: number, length: number): Buffer {
  let state = seed
  return Buffer.from(
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state >>> 24
    }),
  )
}

const large = { type: 'log', text: randomBytes(1, 40_000).toString('base64') }
const small = ['plain', { text: 'ä\n\u2028"' }, 7, null, []]

function linesOf(values: readonly unknown[]): Buffer {
  const writer = new LineWriter()
  for (const value of values) writer.push(value, 'bulk')
  return Buffer.from(writer.take(Number.POSITIVE_INFINITY) ?? [])
}

/** What comes out, and how it ended. */
function readAll(chunks: Iterable<Uint8Array>): { readonly values: unknown[]; readonly broken: WireError | null } {
  const reader = new LineReader()
  const values: unknown[] = []
  for (const chunk of chunks) {
    if (reader.broken !== null) break
    try {
      values.push(...reader.push(chunk))
    } catch (error) {
      expect(error).toBe(reader.broken)
    }
  }
  return { values, broken: reader.broken }
}

function* cutAt(bytes: Uint8Array, every: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += every) yield bytes.subarray(at, at + every)
}

const lineStarts = (bytes: Buffer) => [...bytes.toString('latin1').matchAll(/osw1 /g)].map(({ index }) => index)

describe('values', () => {
  const values = [...small, large, ...small]
  const bytes = linesOf(values)

  test.each([1, 7, 1000, 1_000_000])('come out as they went in, %d bytes at a time', (every) => {
    expect(readAll(cutAt(bytes, every))).toEqual({ values, broken: null })
  })

  test('come out as they went in, cut once at any place', () => {
    for (let at = 0; at <= bytes.length; at += at < 2000 ? 1 : 97) {
      expect(readAll([bytes.subarray(0, at), bytes.subarray(at)])).toEqual({ values, broken: null })
    }
  })

  test('that were whole before the stream was cut off come out, and no others', () => {
    const whole = linesOf(small)
    for (let at = 0; at < whole.length; at += 1) {
      const { values, broken } = readAll([whole.subarray(0, at)])
      expect(broken).toBeNull()
      expect(values).toEqual(small.slice(0, values.length))
      expect(values.length).toBeLessThan(small.length)
    }
  })

  test('are of the time they were handed over', () => {
    const writer = new LineWriter()
    const value = { count: 1 }
    writer.push(value, 'bulk')
    value.count = 2
    expect(readAll([writer.take(1) ?? new Uint8Array()]).values).toEqual([{ count: 1 }])
  })

  test('of 20 MB that repeat themselves take few lines', () => {
    const value = 'all the same '.repeat(1_600_000)
    const lines = linesOf([value])
    expect(lines.length).toBeLessThan(20_000)
    expect(readAll([lines]).values).toEqual([value])
  })
})

describe('a line that is not as it was sent', () => {
  test('breaks the stream whichever byte of it was changed, and what came before stays', () => {
    const bytes = linesOf(['first', ...small, large])
    const [, second = 0] = lineStarts(bytes)
    for (let at = second; at < bytes.length; at += at < second + 500 ? 1 : 503) {
      const changed = Buffer.from(bytes)
      changed[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
      const { values, broken } = readAll([changed, new Uint8Array()])
      expect(values).toEqual(['first', ...small, large].slice(0, values.length))
      // A line feed that is lost waits for the next one.
      expect(broken !== null || values.length < small.length + 2).toBe(true)
    }
  })

  test('is dropped where it came before', () => {
    const bytes = linesOf([...small, large])
    const starts = lineStarts(bytes)
    const lines = starts.map((start, index) => bytes.subarray(start, starts[index + 1]))
    const twice = lines.flatMap((line, index) => [line, ...lines.slice(Math.max(0, index - 2), index + 1)])
    expect(readAll(twice)).toEqual({ values: [...small, large], broken: null })
  })

  test.each([
    ['left out', [0, 2, 3]],
    ['ahead of another', [0, 2, 1, 3]],
  ])('breaks the stream where it is %s', (_, order) => {
    const bytes = linesOf(['a', 'b', 'c', 'd'])
    const starts = lineStarts(bytes)
    const lines = starts.map((start, index) => bytes.subarray(start, starts[index + 1]))
    const { values, broken } = readAll(order.map((index) => lines[index] ?? new Uint8Array()))
    expect(values).toEqual(['a'])
    expect(broken?.message).toBe('line 3 came after line 1')
  })

  test('breaks the stream where somebody else printed it, and is shown', () => {
    const reader = new LineReader()
    const bytes = Buffer.concat([linesOf(['a']), Buffer.from('Segmentation fault\n')])
    expect(reader.push(bytes)).toEqual(['a'])
    expect(reader.broken).toMatchObject({ code: 'E_WIRE', message: 'not a line of ours: "Segmentation fault"' })
    expect(() => reader.push(linesOf(['b']))).toThrow('Segmentation fault')
  })

  test.each([
    ['tells of a part that does not come next', { part: 2, parts: 3, unpackedBytes: 100 }],
    ['promises more than a message may have', { part: 1, parts: 3, unpackedBytes: wireLimits.messageBytes + 1 }],
    ['is a part of a text that is not compressed', { part: 1, parts: 2, unpackedBytes: 0 }],
    ['holds what nobody compressed', { part: 1, parts: 1, unpackedBytes: 100 }],
  ])('breaks the stream where it %s', (_, counts) => {
    const line = encodeLine({ number: 1, lane: 'bulk', ...counts, payload: Buffer.from('aaaa') })
    expect(() => new LineReader().push(line)).toThrow(WireError)
  })

  test('cannot decompress to more than it said', () => {
    const payload = Buffer.from(Buffer.from(Bun.zstdCompressSync(Buffer.alloc(100_000_000))).toString('base64'))
    const line = encodeLine({ number: 1, lane: 'bulk', part: 1, parts: 1, unpackedBytes: 20_000, payload })
    expect(() => new LineReader().push(line)).toThrow('does not decompress')
  })

  test('without an end is given up at 64 KiB', () => {
    const reader = new LineReader()
    reader.push(linesOf(['a']))
    const flood = new Uint8Array(8192).fill(120)
    let bytes = 0
    expect(() => {
      for (; bytes < 1e9; bytes += flood.length) reader.push(flood)
    }).toThrow(`a line of more than 65536 bytes: "${'x'.repeat(200)}"`)
    expect(bytes).toBe(wireLimits.lineBytes)
  })
})

describe('what a shell prints before the first line', () => {
  test.each(['Welcome\n', 'no line feed', 'osw1 something\n\n\r\n', 'ä'.repeat(30_000)])('is skipped: %#', (noise) => {
    for (const every of [1, 4096]) {
      const { values, broken } = readAll(cutAt(Buffer.concat([Buffer.from(noise), linesOf(small)]), every))
      expect({ values, broken }).toEqual({ values: small, broken: null })
    }
  })

  test('is kept for who asks', () => {
    const reader = new LineReader()
    reader.push(Buffer.from('Last login: today\nmotd'))
    reader.push(linesOf(['a']))
    expect(reader.noise).toBe('"Last login: today\\nmotd\\n"')
  })

  test.each([1, 70_000])('ends the stream above 64 KiB, in lines of %d', (length) => {
    const noise = Buffer.from(`sh: not found\n${`${'z'.repeat(length - 1)}\n`.repeat(80_000 / length)}`)
    const { values, broken } = readAll(cutAt(Buffer.concat([noise, linesOf(small)]), 1000))
    expect(values).toEqual([])
    expect(broken?.message).toStartWith('no line of ours in the first 65536 bytes, which begin "sh: not found')
  })
})

describe('a writer', () => {
  test('sends a pulse between the parts of what is large', () => {
    const writer = new LineWriter()
    const reader = new LineReader()
    writer.push(large, 'bulk')
    expect(reader.push(writer.take(1) ?? new Uint8Array())).toEqual([])
    writer.push({ beat: 1 }, 'pulse')
    writer.push({ beat: 2, text: large.text }, 'pulse')
    const order: unknown[] = []
    for (let lines = writer.take(1); lines !== null; lines = writer.take(1)) order.push(...reader.push(lines))
    expect(order).toEqual([{ beat: 1 }, { beat: 2, text: large.text }, large])
  })

  test('writes no line over 16 KiB, and no more than was asked for', () => {
    const writer = new LineWriter()
    for (const value of [large, 'x'.repeat(wireLimits.plainBytes - 2), large]) writer.push(value, 'bulk')
    for (let lines = writer.take(20_000); lines !== null; lines = writer.take(20_000)) {
      expect(lines.length).toBeLessThanOrEqual(20_000)
      for (const line of Buffer.from(lines).toString('latin1').split('\n')) expect(line.length).toBeLessThan(16 * 1024)
    }
  })

  test('leaves what is large where only pulses are asked for', () => {
    const writer = new LineWriter()
    writer.push('large', 'bulk')
    writer.push('beat', 'pulse')
    expect(readAll([writer.take(1e6, 'pulse') ?? new Uint8Array()]).values).toEqual(['beat'])
    expect(writer.take(1e6, 'pulse')).toBeNull()
  })

  test('counts what waits, and has nothing left when all is taken', () => {
    const writer = new LineWriter()
    expect([writer.take(1e6), writer.pendingBytes]).toEqual([null, 0])
    writer.push('abc', 'bulk')
    expect(writer.pendingBytes).toBe(5)
    writer.push(large, 'pulse')
    for (let lines = writer.take(1); lines !== null; lines = writer.take(1))
      expect(writer.pendingBytes).toBeLessThan(60_000)
    expect(writer.pendingBytes).toBe(0)
  })

  test('tells the reader how far it was read', () => {
    const writer = new LineWriter()
    const reader = new LineReader()
    writer.push('abc', 'bulk')
    writer.credit(17)
    writer.credit(18)
    expect(reader.push(writer.take(1e6) ?? new Uint8Array())).toEqual(['abc'])
    expect([reader.credited, reader.received, writer.taken]).toEqual([18, 2, 2])
  })
})
