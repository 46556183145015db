import { open, stat } from 'node:fs/promises'
import type { LeftOut } from '../../collect/filter-run.ts'
import type { RowSource } from '../../collect/filter-source.ts'
import { LineBuffer } from '../../util/line-buffer.ts'
import { UsageError } from '../errors.ts'

/** The file of `--dropped`. */
export interface DroppedFile extends AsyncDisposable {
  add(row: LeftOut): Promise<void> | undefined
  flush(): Promise<void>
}

/**
 * Opens the file anew, which must be none of those that are read. One JSON object a line: what was left out, by which
 * rule, and why; broken rows by their line.
 */
export async function openDropped(path: string, sources: readonly RowSource[]): Promise<DroppedFile> {
  for (const { name } of sources) {
    if (await isSameFile(path, name))
      throw new UsageError(`--dropped ${path}: the rows are read from it — name another file`)
  }
  const file = await open(path, 'w').catch((error: unknown) => {
    throw new UsageError(`--dropped ${path}: ${error instanceof Error ? error.message : error}`, { cause: error })
  })
  const encoder = new TextEncoder()
  const writer = new LineBuffer(async (bytes) => {
    for (let start = 0; start < bytes.length; ) start += (await file.write(bytes, start)).bytesWritten
  })
  return {
    add: (row) => writer.line(encoder.encode(JSON.stringify(recordOf(row)))),
    flush: () => writer.flush(),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

function recordOf(row: LeftOut): object {
  const { instance_id, file, line } = row
  if (row.kind === 'dropped') return { instance_id, rule: row.rule, explanation: row.explanation, file, line }
  return { instance_id: instance_id ?? null, rule: 'broken', explanation: `${row.code}: ${row.message}`, file, line }
}

/** Two names of one file, through links too; a file that is not there is none. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => null)))
  return a !== null && b !== null && a?.ino === b?.ino && a?.dev === b?.dev
}
