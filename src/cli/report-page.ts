import { open, rename, rm, writeFile } from 'node:fs/promises'
import { reportFacts, type SolverFacts } from '../report/facts.ts'
import { pageStart, reportPage } from '../report/page.ts'
import { readReportRows } from '../store/report-rows.ts'
import type { Store } from '../store/store.ts'
import { UsageError } from './errors.ts'

/** Writes the page about a database. It takes the place of an earlier one at once, and never that of another file. */
export async function writeReportPage(store: Store, solvers: readonly SolverFacts[], path: string): Promise<void> {
  if (!(await isFree(path)))
    throw new UsageError(`--out: ${path} is there, and is no report of openswe — name another file`)
  const page = reportPage(reportFacts(readReportRows(store), solvers, Date.now()))
  const temporary = `${path}.new`
  try {
    await writeFile(temporary, page)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new UsageError(`--out: ${path} cannot be written: ${String(error)}`, { cause: error })
  }
}

/** Whether nothing stands there, or an earlier report. */
async function isFree(path: string): Promise<boolean> {
  try {
    await using file = await open(path)
    const start = Buffer.alloc(pageStart.length)
    const { bytesRead } = await file.read(start, 0, start.byteLength, 0)
    return start.toString('utf8', 0, bytesRead) === pageStart
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT') return true
    throw new UsageError(`--out: ${path} cannot be written: ${String(error)}`, { cause: error })
  }
}
