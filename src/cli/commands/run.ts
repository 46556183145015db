import * as v from 'valibot'
import { readInstances } from '../../input/instance-file.ts'
import { command } from '../command.ts'
import { connectEngine } from '../machine.ts'
import { oneOf } from '../option-values.ts'
import { runInstances } from '../run-instances.ts'
import { runOptionRows, runOptions } from '../run-options.ts'

export const run = command({
  options: [
    { name: 'author', value: 'NAME', description: 'What writes the environments: rules (default)' },
    ...runOptionRows,
  ],
  examples: [
    'openswe run tasks.jsonl',
    "openswe run tasks.jsonl --repos '/srv/repos/{owner}+{name}/repo' --slots 4 --strict",
    'openswe run tasks.jsonl --only django__django-11001 --retry rejected --json',
  ],
  schema: v.object({ ...runOptions, author: v.optional(oneOf(['rules']), 'rules') }),
  async run([instancesFile = ''], { author, ...options }, terminal) {
    const rows = readInstances(instancesFile)
    const report = await runInstances({ engine: connectEngine(), instancesFile, rows, author, options }, terminal)
    return report.exitCode
  },
})
