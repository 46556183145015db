import * as v from 'valibot'
import { curateAll } from '../../curation/curate.ts'
import { fitLogLinear, type ScalingPoint } from '../../curation/log-linear.ts'
import { countSolvers, type SolverStats } from '../../curation/rollout-stats.ts'
import { storedRollouts } from '../../export/stored-rollouts.ts'
import { costOfSolvers, solverTries } from '../../store/rollouts.ts'
import { openStore, type Store } from '../../store/store.ts'
import { command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { database, databaseOption } from '../options/database.ts'
import { curationOf, exportOptionRows, exportOptions } from '../options/export.ts'
import { flag, list, text } from '../options/values.ts'
import { writeReportPage } from '../report-page.ts'
import { fitLine, type SolverReport, solverReport } from '../rollout-report.ts'

const curationRows = exportOptionRows
  .filter(({ name }) => ['keep', 'rules', 'similarity'].includes(name))
  .map(({ group: _group, ...row }) => row)

/** `1000:35.2` */
const points = v.pipe(
  list,
  v.check(
    (words) => words.every((word) => /^\d+(\.\d+)?:-?\d+(\.\d+)?$/.test(word)),
    (issue) => `points such as 1000:35.2,2000:38 are wanted, not ${issue.input.join(',')}`,
  ),
  v.transform((words) =>
    words.map((word): ScalingPoint => {
      const [n, score] = word.split(':').map(Number)
      return { n: n ?? 0, score: score ?? 0 }
    }),
  ),
)

export const report = command({
  options: [
    ...curationRows,
    {
      name: 'fit',
      value: 'N:SCORE,…',
      description: 'Instead: the line score = a + b · ln(n) through points of your own, rows trained on and score',
    },
    {
      name: 'out',
      value: 'FILE',
      description: 'Instead: write a page on all of the database there, to be looked at in a browser and sent around',
    },
    databaseOption,
    { name: 'json', description: 'Print one JSON object, with all that the text says' },
  ],
  examples: [
    'openswe report',
    'openswe report --out report.html',
    'openswe report --keep 1-2/4 --json | jq .solvers[0].passAtK',
    'openswe report --fit 500:31.0,1000:35.2,2000:38.9',
  ],
  schema: v.object({
    keep: exportOptions.keep,
    rules: exportOptions.rules,
    similarity: exportOptions.similarity,
    fit: v.optional(points),
    out: v.optional(text),
    db: database,
    json: flag,
  }),
  async run(_words, { fit, out, db, json, ...options }, terminal) {
    if (out !== undefined && (fit !== undefined || json)) {
      throw new UsageError('--out writes a page: neither --json nor --fit goes with it')
    }
    if (fit !== undefined) {
      const line = fitLogLinear(fit)
      if (line === null) throw new UsageError('--fit: at least two points with different n above 0 are wanted')
      terminal.out(json ? `${JSON.stringify(line)}\n` : fitLine(line))
      return exitCodes.success
    }
    using store = await openStore(db, 'read')
    const curation = curationOf(options)
    const solvers = withCosts(store, await countSolvers(curateAll(storedRollouts(store), curation)))
    if (out !== undefined) {
      await writeReportPage(store, solvers, out)
      terminal.err(`report written to ${out}\n`)
      return exitCodes.success
    }
    if (json) terminal.out(`${JSON.stringify({ keep: curation.keep, solvers })}\n`)
    else terminal.out(solvers.length === 0 ? 'no graded rollout yet\n' : solvers.map(solverReport).join('\n\n'))
    return exitCodes.success
  },
})

function withCosts(store: Store, stats: readonly SolverStats[]): readonly SolverReport[] {
  const costs = costOfSolvers(store)
  const tries = solverTries(store)
  return stats.map((one) => {
    const own = tries.filter(({ solver }) => solver === one.solver)
    const sum = (of: 'open' | 'spared') => own.reduce((total, row) => total + row[of], 0)
    const costUsd = costs.get(one.solver) ?? 0
    return {
      ...one,
      costUsd,
      costPerKeptUsd: one.kept === 0 ? null : costUsd / one.kept,
      notGraded: { open: sum('open'), spared: sum('spared') },
    }
  })
}
