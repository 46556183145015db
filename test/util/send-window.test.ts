import { expect, test } from 'bun:test'
import { SendWindow } from '../../src/util/send-window.ts'

interface Link {
  readonly bytesPerSecond: number
  /** There and back, when nothing stands in it. */
  readonly roundTripMs: number
}

const lineBytes = 15_800
const pulseBytes = 400

/**
 * A link with endless buffers, in virtual time: the sender gives it large lines whenever the window lets it, and a pulse
 * each second. Returns how long the pulses took one way, and the share of the link that large lines had.
 */
function simulate({ bytesPerSecond, roundTripMs }: Link, seconds: number) {
  const window = new SendWindow()
  const credits: { readonly number: number; readonly atMs: number }[] = []
  const pulseMs: number[] = []
  let number = 0
  let freeAtMs = 0
  let bytes = 0
  const give = (length: number, nowMs: number) => {
    number += 1
    freeAtMs = Math.max(freeAtMs, nowMs) + (length / bytesPerSecond) * 1000
    window.send(number, length, nowMs)
    credits.push({ number, atMs: freeAtMs + roundTripMs })
    return freeAtMs + roundTripMs / 2
  }
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs += 1) {
    for (let [first] = credits; first !== undefined && first.atMs <= nowMs; [first] = credits) {
      window.credit(first.number, nowMs)
      credits.shift()
    }
    if (nowMs % 1000 === 0) pulseMs.push(give(pulseBytes, nowMs) - nowMs)
    while (window.isOpen) {
      give(lineBytes, nowMs)
      bytes += lineBytes
    }
  }
  return { slowestPulseMs: Math.max(...pulseMs), share: bytes / seconds / bytesPerSecond }
}

test.each<[string, Link, number, number]>([
  ['200 kbit/s', { bytesPerSecond: 25_000, roundTripMs: 30 }, 1000, 0.9],
  ['200 kbit/s from far away', { bytesPerSecond: 25_000, roundTripMs: 300 }, 1200, 0.6],
  ['2 Mbit/s', { bytesPerSecond: 250_000, roundTripMs: 30 }, 1000, 0.9],
  ['100 Mbit/s', { bytesPerSecond: 12_500_000, roundTripMs: 30 }, 700, 0.9],
  ['1 Gbit/s', { bytesPerSecond: 125_000_000, roundTripMs: 1 }, 200, 0.8],
  ['a satellite', { bytesPerSecond: 2_500_000, roundTripMs: 600 }, 1400, 0.6],
])('over %s a pulse does not wait long, and the link is used', (_, link, mostMs, leastShare) => {
  const { slowestPulseMs, share } = simulate(link, 60)
  expect(slowestPulseMs).toBeLessThan(mostMs)
  expect(share).toBeGreaterThan(leastShare)
})

test('nothing more goes where nothing is read', () => {
  const window = new SendWindow()
  let number = 0
  while (window.isOpen) window.send(++number, lineBytes, 0)
  expect(number).toBe(1)
  for (let nowMs = 1; nowMs < 100; nowMs += 1) {
    window.credit(number, nowMs)
    while (window.isOpen) window.send(++number, lineBytes, nowMs)
  }
  // Never more than 4 MiB on their way, however quick it was.
  const before = number
  window.credit(number, 101)
  while (window.isOpen) window.send(++number, lineBytes, 101)
  expect((number - before) * lineBytes).toBeLessThan(4.1 * 1024 * 1024)
  window.credit(before, 102)
  expect(window.isOpen).toBe(false)
})
