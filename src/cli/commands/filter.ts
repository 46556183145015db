import * as v from 'valibot'
import { annotated } from '../../collect/annotated.ts'
import { Decontamination } from '../../collect/decontaminate.ts'
import { Filter } from '../../collect/filter.ts'
import { readFilterRow } from '../../collect/filter-row.ts'
import { type FilterSinks, runFilter } from '../../collect/filter-run.ts'
import { rulesOf } from '../../collect/filter-settings.ts'
import { openSources, type RowSource } from '../../collect/filter-source.ts'
import { MinHashIndex } from '../../collect/minhash-index.ts'
import type { Rule } from '../../collect/rules/rule.ts'
import { UnreadableInput } from '../../input/open-input.ts'
import { byteLines } from '../../util/byte-lines.ts'
import { LineBuffer } from '../../util/line-buffer.ts'
import { NoRoomError } from '../../util/spill-file.ts'
import { command } from '../command.ts'
import { PreflightError, UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { openDropped } from '../filter/dropped.ts'
import { explainRow } from '../filter/explain.ts'
import { FilterReport } from '../filter/report.ts'
import { type FilterFlags, filterOptionRows, filterOptions, filterSettings } from '../options/filter.ts'
import type { Terminal } from '../terminal.ts'

export const filter = command({
  options: filterOptionRows,
  examples: [
    'openswe filter collected.jsonl > tasks.jsonl',
    'openswe filter --against swe-bench.jsonl,swe-rebench.jsonl --dropped dropped.jsonl < collected.jsonl > tasks.jsonl',
    'openswe filter collected.jsonl --annotate --drop-flag gives-solution,only-link > tasks.jsonl',
    'openswe filter collected.jsonl --explain octocat__hello-7',
  ],
  schema: v.object(filterOptions),
  async run(words, flags, terminal) {
    const names = words.length > 0 ? words : ['-']
    if (names.includes('-') && process.stdin.isTTY) throw new UsageError('no rows: name files, or pipe rows in')
    try {
      return await judgeRows(names, flags, terminal)
    } catch (error) {
      if (error instanceof NoRoomError) throw new PreflightError(error.message, { cause: error })
      throw error
    }
  },
})

async function judgeRows(names: readonly string[], flags: FilterFlags, terminal: Terminal): Promise<number> {
  using against = flags.against === undefined ? null : await readAgainst(flags.against, terminal)
  using kept = new MinHashIndex()
  const rules = rulesOf(filterSettings(flags), { against, kept })
  const sources = await opened(names)
  if (flags.explain === undefined) return await filterRows(sources, rules, flags, terminal)
  const explained = await explainRow(sources, rules, flags.explain)
  if (explained === null)
    throw new UsageError(`${flags.explain} is not among the rows — an instance_id of them is wanted`)
  terminal.out(explained)
  return exitCodes.success
}

async function opened(names: readonly string[]): Promise<readonly RowSource[]> {
  const outcome = await openSources(names)
  if (outcome.kind === 'refused') throw new UsageError(outcome.problems.join('\n'))
  return outcome.sources
}

const lineLimitBytes = 64 * 1024 * 1024

/**
 * All of the files, before the first row is judged. A row of them that cannot be read is an error, since it would let
 * through what it stands for.
 */
async function readAgainst(names: readonly string[], terminal: Terminal): Promise<Decontamination> {
  const against = new Decontamination()
  for (const source of await opened(names)) {
    const rows = await addRows(against, source).catch((error: unknown) => {
      if (!(error instanceof UnreadableInput)) throw error
      throw new UsageError(`--against ${source.name}: ${error.message}`, { cause: error })
    })
    terminal.err(`${rows} rows of ${source.name} will be kept out\n`)
  }
  return against
}

async function addRows(against: Decontamination, { name, chunks }: RowSource): Promise<number> {
  let rows = 0
  for await (const line of byteLines(chunks, lineLimitBytes)) {
    const read = line.kind === 'line' ? readFilterRow(line.bytes) : ({ kind: 'broken', message: 'too long' } as const)
    if (read.kind === 'broken') throw new UsageError(`--against ${name}:${line.number}: ${read.message}`)
    if (read.kind === 'blank') continue
    against.add(read.row, name)
    rows += 1
  }
  return rows
}

async function filterRows(
  sources: readonly RowSource[],
  rules: readonly Rule[],
  flags: FilterFlags,
  terminal: Terminal,
): Promise<number> {
  const judge = new Filter({ rules, dropNotSaid: flags.complete === true })
  const report = new FilterReport(terminal, judge, {
    isJson: flags.json === true,
    allListed: flags.dropped !== undefined,
  })
  const writer = new LineBuffer((bytes) => terminal.data(bytes))
  await using dropped = flags.dropped === undefined ? null : await openDropped(flags.dropped, sources)
  const sinks: FilterSinks = {
    keep(line, { facts }) {
      report.row()
      return writer.line(flags.annotate ? annotated(line, facts.quality, facts.row.quality !== undefined) : line)
    },
    leaveOut(row) {
      report.row()
      if (row.kind === 'broken') report.broken(row)
      return dropped?.add(row)
    },
    isDone: () => terminal.closed.aborted,
  }
  await runFilter(sources, judge, sinks)
  await writer.flush()
  await dropped?.flush()
  report.end()
  const { rows, broken } = judge.funnel()
  return rows > 0 && rows === broken ? exitCodes.usage : exitCodes.success
}
