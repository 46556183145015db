import { open } from 'node:fs/promises'
import { LineWriter } from '../collect/filter-output.ts'
import type { LeftOut } from '../collect/filter-run.ts'
import { UsageError } from './errors.ts'

/** The file of `--dropped`. */
export interface DroppedFile extends AsyncDisposable {
  add(row: LeftOut): Promise<void> | undefined
  flush(): Promise<void>
}

/** Opens the file anew. One JSON object a line: what was left out, by which rule, and why; broken rows by their line. */
export async function openDropped(path: string): Promise<DroppedFile> {
  const file = await open(path, 'w').catch((error: unknown) => {
    throw new UsageError(`--dropped ${path}: ${error instanceof Error ? error.message : error}`, { cause: error })
  })
  const encoder = new TextEncoder()
  const writer = new LineWriter(async (bytes) => {
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
