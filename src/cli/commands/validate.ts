import * as v from 'valibot'
import { type InputRow, readInstances } from '../../input/instance-file.ts'
import { command } from '../command.ts'
import { connectEngine } from '../machine.ts'
import { runOptionRows, runOptions } from '../options/run.ts'
import { text } from '../options/values.ts'
import { runInstances } from '../run-instances.ts'

export const validate = command({
  options: runOptionRows.map((row) =>
    row.name === 'db' ? { ...row, description: 'The database (default: openswe-validate.db in this folder)' } : row,
  ),
  examples: ['openswe validate openswe_oss.jsonl --limit 10', 'openswe validate environments.jsonl --strict'],
  schema: v.object({ ...runOptions, db: v.optional(text, 'openswe-validate.db') }),
  async run([instancesFile = ''], options, terminal) {
    const rows = publishedRows(instancesFile)
    const request = { engine: connectEngine(), instancesFile, rows, author: 'published', model: null, options } as const
    return (await runInstances(request, terminal)).exitCode
  },
})

/** Rows without an environment become problems: there is nothing to validate about them. */
async function* publishedRows(path: string): AsyncGenerator<InputRow> {
  for await (const row of readInstances(path)) {
    if (row.kind === 'problem' || row.instance.published !== undefined) {
      yield row
      continue
    }
    const { instance_id } = row.instance
    const message = 'has no "Dockerfile" and "eval_script" — add them, or use `openswe run`'
    yield { kind: 'problem', severity: 'error', line: row.line, instance_id, code: 'E_TASK_FIELD', message }
  }
}
