import * as v from 'valibot'
import type { OptionRow } from './command.ts'
import { database, databaseOption } from './database-option.ts'
import { decimal, duration, flag, size, text, wholeNumber } from './option-values.ts'

/** The options of `grade`, in the order of the help. */
export const gradeOptionRows: readonly OptionRow[] = [
  {
    name: 'instances',
    value: 'FILE',
    description: 'Grade by the FAIL_TO_PASS and PASS_TO_PASS of these rows instead of those that validation found',
  },
  databaseOption,
  { name: 'out', value: 'FOLDER', description: 'Where reports and logs/run_evaluation go (default: this folder)' },
  {
    name: 'run-id',
    value: 'NAME',
    description: 'Names the reports; under the same name, what is graded already is kept (default: openswe)',
  },
  { name: 'slots', value: 'N', description: 'Containers at a time (default: from CPUs and memory)' },
  { name: 'tries', value: 'N', description: 'Give a patch up after so many faults of the machinery (default: 3)' },
  {
    name: 'repos',
    value: 'TEMPLATE',
    description: 'Where repositories come from: a URL or path with {repo}, {owner}, {name} (default: GitHub)',
  },
  { name: 'cache', value: 'FOLDER', description: 'Where bare repositories are kept (default: ~/.cache/openswe)' },
  { name: 'cpus', value: 'N', description: 'CPUs of a container (default: up to 4)' },
  { name: 'memory', value: 'SIZE', description: 'Memory of a container (default: what a slot can have, up to 24g)' },
  { name: 'timeout', value: 'TIME', description: 'Time limit of one test run (default: 30m)' },
  { name: 'json', description: 'Print results, one JSON object a line' },
]

export const gradeOptionSchema = v.object({
  instances: v.optional(text),
  db: database,
  out: v.optional(text, '.'),
  runId: v.optional(
    v.pipe(text, v.regex(/^\w[\w.-]{0,99}$/, 'letters, digits, `.`, `-` and `_` are wanted')),
    'openswe',
  ),
  slots: v.optional(wholeNumber(1, 256)),
  tries: v.optional(wholeNumber(1, 100), '3'),
  repos: v.optional(text, 'https://github.com/{repo}.git'),
  cache: v.optional(text),
  cpus: v.optional(decimal(0.1, 1024)),
  memory: v.optional(size),
  timeout: v.optional(duration),
  json: flag,
})

export type GradeOptions = v.InferOutput<typeof gradeOptionSchema>
