import { expect, test } from 'bun:test'
import { prometheusText } from '../../src/util/prometheus-text.ts'

test('metrics are said with their help, type, labels and values', () => {
  const text = prometheusText([
    { name: 'a_bytes', type: 'gauge', help: 'How much.', samples: [{ value: 1.5 }] },
    { name: 'b_total', type: 'counter', help: 'None so far.', samples: [] },
    {
      name: 'c_seconds',
      type: 'summary',
      help: 'How long.',
      samples: [
        { part: 'sum', labels: { of: 'x', in: 'y' }, value: 12e30 },
        { part: 'count', labels: { of: 'x', in: 'y' }, value: 2 },
      ],
    },
  ])
  expect(text).toBe(`# HELP a_bytes How much.
# TYPE a_bytes gauge
a_bytes 1.5
# HELP b_total None so far.
# TYPE b_total counter
# HELP c_seconds How long.
# TYPE c_seconds summary
c_seconds_sum{of="x",in="y"} 1.2e+31
c_seconds_count{of="x",in="y"} 2
`)
})

test('what would end a label or a line is escaped', () => {
  const labels = { node: 'a\\b"c"\nd 1\ud800' }
  const text = prometheusText([
    { name: 'a', type: 'gauge', help: 'One\nline \\ "two".', samples: [{ labels, value: 1 }] },
  ])
  expect(text).toBe(`# HELP a One\\nline \\\\ "two".
# TYPE a gauge
a{node="a\\\\b\\"c\\"\\nd 1\ufffd"} 1
`)
})

test('numbers that no fraction says are said by their names', () => {
  const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]
  const text = prometheusText([{ name: 'a', type: 'gauge', help: '', samples: values.map((value) => ({ value })) }])
  expect(text.split('\n').slice(2)).toEqual(['a +Inf', 'a -Inf', 'a NaN', ''])
})
