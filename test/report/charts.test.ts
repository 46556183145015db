import { expect, test } from 'bun:test'
import { bars, columns, heatRows, timeChart } from '../../src/report/charts.ts'
import { whole } from '../../src/report/words.ts'

function chart(spanMs: number, values: readonly number[], shape: 'curve' | 'steps' = 'steps') {
  return timeChart({ title: 'T', spanMs, shape, format: whole, series: [{ name: 's', values }] }).html
}

function ticks(markup: string, axis: 'x' | 'y'): string[] {
  const pattern = new RegExp(`<span class="tick ${axis}[^"]*" style="(?:left|bottom):([^"]*)">([^<]*)<`, 'g')
  return [...markup.matchAll(pattern)].map(([, place, name]) => `${name} at ${place}`)
}

test('the axis of time has round names, whether it is seconds or weeks', () => {
  const named = (spanMs: number) => ticks(chart(spanMs, [1]), 'x')
  expect(named(40_000).slice(0, 3)).toEqual(['0 at 0.00%', '5 s at 12.50%', '10 s at 25.00%'])
  expect(named(90 * 60_000)).toEqual(['0 at 0.00%', '30 min at 33.33%', '1 h at 66.67%', '1h30m at 100.00%'])
  expect(named(20 * 3_600_000).at(-1)).toBe('20 h at 100.00%')
  expect(named(16 * 86_400_000)[1]).toBe('2 d at 12.50%')
  expect(named(0)).toEqual([])
})

test('the axis of values ends at a round one above the most', () => {
  expect(ticks(chart(1000, [3, 17]), 'y')).toEqual([
    '0 at 0.00%',
    '5 at 25.00%',
    '10 at 50.00%',
    '15 at 75.00%',
    '20 at 100.00%',
  ])
  expect(ticks(chart(1000, [0, 0]), 'y').at(-1)).toEndWith('at 100.00%')
})

test('steps fill their bins, and a curve goes from the first value to the last', () => {
  expect(chart(1000, [10, 20], 'steps')).toContain(
    'd="M0,50L500,50L500,0L1000,0L1000,0L1000,100L1000,100L500,100L500,100L0,100Z"',
  )
  expect(chart(1000, [0, 20], 'curve')).toContain('d="M0,100L1000,0L1000,100L0,100Z"')
})

test('a heat row is as dark as its share of the most, and says its mean', () => {
  const { html } = heatRows([
    { name: 'n1', values: [0, 4] },
    { name: 'n2', values: [1, 1] },
  ])
  expect(
    [...html.matchAll(/<rect x="(\d)"[^>]*opacity="([^"]*)"/g)].map(([, x, opacity]) => `${x} ${opacity}`),
  ).toEqual(['1 1.00', '0 0.25', '1 0.25'])
  expect(html).toContain('<span>2.0</span>')
})

test('bars and columns say their values as text, whatever their names hold', () => {
  expect(bars([{ name: '<b>', length: 0.5, value: '7' }]).html).toContain(
    '<span class="name">&lt;b&gt;</span><span class="track"><i style="width:50.00%"></i></span><span class="value">7 ',
  )
  expect(columns([{ name: 'never', value: 0 }]).html).toContain(
    '0<i style="height:0.00%"></i></div><div class="label">never',
  )
})
