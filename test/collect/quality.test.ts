import { expect, test } from 'bun:test'
import type { FilterRow } from '../../src/collect/filter-row.ts'
import { assessQuality } from '../../src/collect/quality/quality.ts'
import { aRow, patchOf } from './filter-rows.ts'
import { givenAway, misalignedRow, ordinaryRows } from './quality-rows.ts'

/** Flags and what speaks for them. */
function flagsOf(row: FilterRow): Record<string, string> {
  return Object.fromEntries(assessQuality(row).flags.map(({ flag, explanation }) => [flag, explanation]))
}

test('an issue that says which line to change how gives its solution away', () => {
  const { score, flags } = assessQuality(givenAway)
  const flag = flags.find((one) => one.flag === 'gives-solution')
  expect(flag).toEqual({
    flag: 'gives-solution',
    score: 0.9,
    explanation:
      'the statement names src/ZEO/__init__.py and line 43, where it is changed; ' +
      'the statement says to write `raise` for `ra`, which is the whole change',
  })
  expect(score).toBe(0.1)
  expect(flags.some((one) => one.flag === 'misaligned')).toBe(false)
})

test('an issue that proposes one change, where tests check another, is misaligned', () => {
  expect(assessQuality(misalignedRow).flags).toEqual([
    {
      flag: 'misaligned',
      score: 0.9,
      explanation:
        'the statement proposes code such as `if len(commit) != 40:`, and the change tested is another; ' +
        'tests are for git_dependency, while the statement speaks of repo_resolver',
    },
  ])
})

for (const row of ordinaryRows) {
  test(`${row.instance_id} has no flag: ${row.problem_statement?.split('\n')[0]}`, () => {
    expect(assessQuality(row)).toEqual({ score: 1, flags: [] })
  })
}

const long =
  'When an order has a refund, the total of the month counts it twice, and the report that goes out is wrong.'

test('a statement that holds the added lines gives the solution away, and one that holds the old ones does not', () => {
  const fixed = 'return sum(o.amount - o.refund for o in orders)'
  expect(flagsOf(aRow({ problem_statement: `Totals\n${long}\n\`${fixed}\` works for me.` }))).toEqual({
    'gives-solution': `the statement holds 1 of 1 added lines, such as \`${fixed}\``,
  })
  const broken = 'return sum(o.amount - o.refund - o.refund for o in orders)'
  expect(flagsOf(aRow({ problem_statement: `Totals\n${long}\n\`${broken}\` is wrong.` }))).toEqual({})
})

test('a place that the patch does not change, or that a traceback leads to, gives nothing away', () => {
  const said = (place: string) => flagsOf(aRow({ problem_statement: `Totals\n${long} ${place}` }))
  expect(said('See shop/totals.py, line 11.')).toEqual({
    'gives-solution': 'the statement names shop/totals.py and line 11, where it is changed',
  })
  expect(said('See https://github.com/owner/name/blob/main/shop/totals.py#L11')['gives-solution']).toContain('line 11')
  expect(said('See shop/totals.py, line 300.')).toEqual({})
  expect(said('See shop/other.py, line 11.')).toEqual({})
  expect(said('\n  File "/x/shop/totals.py", line 11, in month_total')).toEqual({})
})

test('a statement of a few words is thin, more so the fewer it has', () => {
  const scoreOf = (statement: string) => assessQuality(aRow({ problem_statement: statement })).score
  expect(flagsOf(aRow({ problem_statement: 'Fix the totals please' }))).toEqual({ thin: 'the statement has 4 words' })
  expect(scoreOf('')).toBe(0)
  expect(scoreOf('a b c')).toBeLessThan(scoreOf('a b c d e f g'))
})

test('a statement that is only a link or a picture is told from one that has a link', () => {
  expect(flagsOf(aRow({ problem_statement: 'Totals\nhttps://forum.example.org/t/12' }))['only-link']).toBe(
    'beside its title the statement is a link and 0 words',
  )
  expect(flagsOf(aRow({ problem_statement: 'Totals\n![](https://x.example/a.png) see here' }))['only-link']).toBe(
    'beside its title the statement is a picture and 2 words',
  )
  expect(flagsOf(aRow({ problem_statement: `Totals\n${long} https://forum.example.org/t/12` }))).toEqual({})
})

test('a patch far wider than its statement is flagged, and a long statement carries it', () => {
  const patch = Array.from({ length: 8 }, (_, at) =>
    patchOf(
      `shop/part_${at}.py`,
      Array.from({ length: 40 }, (_, line) => `+value_${at}_${line} = old_${line}.part`),
    ),
  ).join('')
  expect(flagsOf(aRow({ patch, problem_statement: long }))).toEqual({
    'wide-patch': '320 lines in 8 files are changed for 22 words of statement',
  })
  expect(flagsOf(aRow({ patch, problem_statement: `${long}\n`.repeat(10) }))).toEqual({})
})

test('tests that use a name which the patch makes up and the statement never names are misaligned', () => {
  const patch = patchOf('shop/totals.py', ['+def refund_free_total(orders):', '+    return sum(map(net, orders))'])
  const test_patch = patchOf('tests/test_totals.py', ['+    assert refund_free_total([]) == 0'])
  const said = (statement: string) => flagsOf(aRow({ patch, test_patch, problem_statement: statement }))
  expect(said(`Totals\n${long}`)).toEqual({
    misaligned: 'tests use refund_free_total, which the statement never names',
  })
  expect(said(`Totals\n${long} Let us have a refund-free total.`)).toEqual({})
  expect(said(`Totals\n${long} We need RefundFreeTotal.`)).toEqual({})
})

test('tests that compare a message word for word which the statement never gives are misaligned', () => {
  const patch = patchOf('shop/totals.py', ['+    raise ValueError(f"the refund of {order} is too large")'])
  const test_patch = patchOf('tests/test_totals.py', [
    '+    with raises(ValueError, match="is too large"):',
    '+        total()',
  ])
  const said = (statement: string) => flagsOf(aRow({ patch, test_patch, problem_statement: statement }))
  expect(said(`Totals\n${long}`)).toEqual({
    misaligned: 'tests check the text "is too large", which the statement never gives',
  })
  expect(said(`Totals\n${long} It should say that the refund is too large.`)).toEqual({})
})
