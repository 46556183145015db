import { Filter, findings } from '../../collect/filter.ts'
import { runFilter } from '../../collect/filter-run.ts'
import type { RowSource } from '../../collect/filter-source.ts'
import type { Facts, Rule } from '../../collect/rules/rule.ts'
import { printable } from '../../util/printable.ts'
import { table } from '../table.ts'

/**
 * What every rule finds about the first row of that id, and its quality; null where there is no such row. The rows
 * before it are judged as always, since it may be like one of them.
 */
export async function explainRow(
  sources: readonly RowSource[],
  rules: readonly Rule[],
  id: string,
): Promise<string | null> {
  let explained: string | null = null
  const watch: Rule = {
    name: 'explain',
    check: (facts) => {
      if (facts.row.instance_id === id) explained ??= explanation(facts, rules)
      return 'keep'
    },
  }
  await runFilter(sources, new Filter({ rules: [watch, ...rules], dropNotSaid: false }), {
    keep: () => undefined,
    leaveOut: (row) => {
      if (row.kind === 'broken' && row.instance_id === id) explained ??= `broken: ${printable(row.message)}\n`
      return undefined
    },
    isDone: () => explained !== null,
  })
  return explained
}

function explanation(facts: Facts, rules: readonly Rule[]): string {
  const rows = findings(facts, rules).map(({ rule, finding }) => {
    if (finding === 'keep') return [rule, 'keeps it', '']
    return finding === 'not-said' ? [rule, 'is not told', ''] : [rule, 'drops it', printable(finding.drop)]
  })
  const { score, flags } = facts.quality
  const flagRows = flags.map((flag) => [`  ${flag.flag}`, String(flag.score), printable(flag.explanation)])
  return `${table(rows)}\nquality ${score}\n${table(flagRows)}`
}
