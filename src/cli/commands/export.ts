import * as v from 'valibot'
import { environmentFormats, exportEnvironments } from '../../export/environments.ts'
import { openStore } from '../../store/store.ts'
import { command } from '../command.ts'
import { database, databaseOption } from '../database-option.ts'
import { UsageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { oneOf, text } from '../option-values.ts'

export const exportCommand = command({
  options: [
    {
      name: 'format',
      value: 'FORMAT',
      description: 'jsonl (as OpenSWE publishes), swebench (as SWE-bench), or dir (a folder an instance)',
    },
    { name: 'out', value: 'PATH', description: 'The file, or with dir the new folder, to write' },
    databaseOption,
  ],
  examples: [
    'openswe export environments --format jsonl --out environments.jsonl',
    'openswe export environments --format dir --out environments',
  ],
  schema: v.object({ format: oneOf(environmentFormats), out: text, db: database }),
  async run([what], { format, out, db }, terminal) {
    if (what !== 'environments') throw new UsageError(`unknown export \`${what}\` — \`environments\` is what there is`)
    using store = await openStore(db, 'read')
    const outcome = await exportEnvironments(store, format, out)
    if (outcome.kind === 'refused') throw new UsageError(outcome.explanation)
    terminal.err(`${outcome.count} accepted environments written to ${out}\n`)
    return exitCodes.success
  },
})
