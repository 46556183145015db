import { expect, test } from 'bun:test'
import { formatBytes, formatDuration, parseBytes, parseDurationMs } from '../../src/util/quantity.ts'

test('sizes are read in powers of 1024, and nothing else is a size', () => {
  expect(['512', '512m', '4g', '1.5G', '2GiB', '3kb', '1t'].map(parseBytes)).toEqual([
    512,
    512 * 2 ** 20,
    4 * 2 ** 30,
    1.5 * 2 ** 30,
    2 * 2 ** 30,
    3 * 2 ** 10,
    2 ** 40,
  ])
  expect(['', 'g', '-1g', '1x', '1e3', '0x10', '1 2'].map(parseBytes)).toEqual(Array(7).fill(null))
})

test('times are read with their unit, and without one they are none', () => {
  expect(['250ms', '90s', '30m', '1.5h'].map(parseDurationMs)).toEqual([250, 90_000, 1_800_000, 5_400_000])
  expect(['', '90', '-1s', '1d', 's'].map(parseDurationMs)).toEqual(Array(5).fill(null))
})

test('sizes and times are shown short', () => {
  expect([0, 512, 1536, 3.25 * 2 ** 30, 300 * 2 ** 20].map(formatBytes)).toEqual([
    '0 B',
    '512 B',
    '1.5 KiB',
    '3.3 GiB',
    '300 MiB',
  ])
  expect([0, 420, 9_949, 9_950, 59_400, 59_900, 252_000, 11_100_000].map(formatDuration)).toEqual([
    '0.0s',
    '0.4s',
    '9.9s',
    '10s',
    '59s',
    '1m00s',
    '4m12s',
    '3h05m',
  ])
})
