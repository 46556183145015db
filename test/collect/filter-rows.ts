import type { FilterRow } from '../../src/collect/filter-row.ts'

/** A patch of one file with one hunk, from lines with their signs. */
export function patchOf(path: string, lines: readonly string[], start = 10): string {
  const count = (signs: string) => lines.filter((line) => signs.includes(line[0] ?? '')).length
  const header = `@@ -${start},${count(' -')} +${start},${count(' +')} @@\n`
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${header}${lines.map((line) => `${line}\n`).join('')}`
}

/** A row that every rule keeps. */
export const goodRow = {
  instance_id: 'owner__name-7',
  repo: 'owner/name',
  pull_number: 7,
  base_commit: 'a'.repeat(40),
  problem_statement:
    'Totals are wrong for refunds\nWhen an order has a refund, the total of the month counts it twice. Expected: once.\n',
  statement_from: 'issue',
  patch: patchOf('shop/totals.py', [
    ' def month_total(orders):',
    '-    return sum(o.amount - o.refund - o.refund for o in orders)',
    '+    return sum(o.amount - o.refund for o in orders)',
  ]),
  test_patch: patchOf('tests/test_totals.py', [
    ' from shop.totals import month_total',
    '+def test_refund_counts_once():',
    '+    assert month_total([Order(10, refund=4)]) == 6',
  ]),
  issue_numbers: [5],
  created_at: '2024-03-01T10:00:00Z',
  merged_at: '2024-03-05T10:00:00Z',
  pr_author: 'somebody',
  language: 'python',
  license_name: 'MIT',
  stars: 5,
  is_fork: false,
} as const satisfies FilterRow & Record<string, unknown>

/** The good row with other fields, and an id of its own where a number is given. */
export function aRow(fields: Readonly<Record<string, unknown>> = {}, number = 7): FilterRow {
  return { ...goodRow, instance_id: `owner__name-${number}`, ...fields } as FilterRow
}

/** A patch that shares no line with that of another number. */
export function ownPatch(number: number): string {
  const names = ['alpha', 'beta', 'gamma', 'delta'].map((name) => `${name}_${number}`)
  return patchOf(`pkg/part_${number}.py`, [
    ...names.map((name) => `-${name} = read(${number}, '${name}')`),
    ...names.map((name) => `+${name} = load_${number}(source_${name}, limit=${number * 3})`),
  ])
}
