import { expect, test } from 'bun:test'
import { age, amount, count, percent, perHour, roughly, roughlyPerHour } from '../../tui/figures.ts'

test('figures are written so that they can be read at a glance', () => {
  expect([0, 999, 1_000, 45_320, 1_234_567].map(count)).toEqual(['0', '999', '1,000', '45,320', '1,234,567'])
  expect([percent(1, 3), percent(0, 0)]).toEqual(['33 %', ''])
  expect([950, 62_000, 3_600_000, 93_600_000].map(age)).toEqual(['0s', '1m02s', '1h00m', '1d02h'])
  expect([40_000, 720_000, 12_240_000, 190_000_000].map(roughly)).toEqual(['40s', '12m', '3.4h', '2.2d'])
  expect([perHour(1, 7_200_000), perHour(312, 3_600_000), perHour(1, 0)]).toEqual(['0.5', '312', '0.0'])
  expect([roughlyPerHour(43, 36_000_000), roughlyPerHour(734, 3_600_000)]).toEqual(['4.3', '730'])
  expect([0, 999, 1_200, 34_000_000].map(amount)).toEqual(['0', '999', '1.2k', '34M'])
})

test('an age is not another one within a second', () => {
  expect(age(1_000)).toBe(age(1_999))
})
