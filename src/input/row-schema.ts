import * as v from 'valibot'
import { instanceIdRule, isInstanceId } from '../domain/instance-id.ts'
import { canonicalLanguage, languages } from './language.ts'

const text = v.string('must be a string')
const optionalText = v.optional(text)

const commit = v.pipe(text, v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'must be 40 or 64 lower-case hex digits'))

/** GitHub's `owner/name`; neither part can be taken for an option, a URL or a parent directory. */
const repo = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/(?!\.{1,2}$)[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/, 'must be owner/name'),
)

const language = v.pipe(
  text,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const name = canonicalLanguage(dataset.value)
    if (name !== null) return name
    addIssue({ message: `must be one of ${languages.join(', ')}` })
    return NEVER
  }),
)

const dateRule = 'must be an ISO 8601 date, or milliseconds since 1970, from the year 2000 on'

/** SWE-rebench V2 writes milliseconds, others ISO 8601, some without a zone: that is read as UTC. */
const date = v.pipe(
  v.union([v.string(), v.number()], dateRule),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const time = typeof value === 'number' ? new Date(value) : dateOf(value)
    if (time.getTime() >= Date.UTC(2000)) return time.toISOString()
    addIssue({ message: dateRule })
    return NEVER
  }),
)

function dateOf(iso: string): Date {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(iso.trim())
  const [, day, time = '00:00', zone = 'Z'] = match ?? []
  return new Date(`${day}T${time}${zone}`)
}

const testNamesRule = 'must be a list of test names, or such a list as a JSON string'

/** SWE-bench writes the list as a JSON string, SWE-rebench V2 as a list; OpenSWE leaves it empty. */
const testNames = v.pipe(
  v.union([v.string(), v.array(v.string())], testNamesRule),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const list = typeof value === 'string' ? listOf(value) : value
    if (list !== null) return list
    addIssue({ message: testNamesRule })
    return NEVER
  }),
)

function listOf(json: string): string[] | null {
  try {
    return v.parse(v.array(v.string()), JSON.parse(json))
  } catch {
    return null
  }
}

/** The fields that we use of the rows of OpenSWE, SWE-bench and SWE-rebench; others may stand beside them. */
export const rowSchema = v.object({
  instance_id: v.pipe(text, v.check(isInstanceId, `must ${instanceIdRule}`)),
  repo,
  base_commit: commit,
  patch: text,
  test_patch: optionalText,
  problem_statement: optionalText,
  version: optionalText,
  language: v.optional(language),
  end_commit: v.optional(commit),
  created_at: v.optional(date),
  hints_text: optionalText,
  pull_number: v.optional(
    v.pipe(
      v.number('must be a positive integer'),
      v.safeInteger('must be a positive integer'),
      v.minValue(1, 'must be a positive integer'),
    ),
  ),
  license_name: optionalText,
  FAIL_TO_PASS: v.optional(testNames),
  PASS_TO_PASS: v.optional(testNames),
  Dockerfile: optionalText,
  dockerfile: optionalText,
  eval_script: optionalText,
})

export type Row = v.InferOutput<typeof rowSchema>

/** Codes of values that have the right type and are wrong; every other trouble with a field is `E_TASK_FIELD`. */
export const valueCodes: Readonly<Record<string, string>> = {
  instance_id: 'E_TASK_ID',
  repo: 'E_REPO',
  base_commit: 'E_COMMIT',
  end_commit: 'E_COMMIT',
  language: 'E_LANG',
}
