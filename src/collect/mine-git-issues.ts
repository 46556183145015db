import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'

/** An issue as somebody wrote it down. */
export interface IssueText {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly createdAt: string | null
  readonly comments: readonly { readonly body: string; readonly createdAt: string | null }[]
}

export type ReadIssueTexts =
  | { readonly kind: 'read'; readonly issues: ReadonlyMap<number, IssueText>; readonly problems: readonly string[] }
  | { readonly kind: 'refused'; readonly explanation: string }

const text = v.optional(
  v.pipe(
    v.nullable(v.string()),
    v.transform((value) => value ?? ''),
  ),
  '',
)
const date = v.optional(
  v.pipe(
    v.nullable(v.string()),
    v.transform((value) => (value !== null && !Number.isNaN(Date.parse(value)) ? value : null)),
  ),
  null,
)

/** As GitHub's REST API, its GraphQL API and `gh issue list --json` write it; GitLab's `iid` and `description` too. */
const issue = v.pipe(
  v.object({
    number: v.optional(v.number()),
    iid: v.optional(v.number()),
    title: text,
    body: text,
    description: text,
    created_at: date,
    createdAt: date,
    comments: v.optional(v.unknown()),
  }),
  v.check(({ number, iid }) => (number ?? iid ?? 0) > 0, 'has no "number"'),
  v.transform(
    (found): IssueText => ({
      number: found.number ?? found.iid ?? 0,
      title: found.title,
      body: found.body || found.description,
      createdAt: found.created_at ?? found.createdAt,
      comments: commentsOf(found.comments),
    }),
  ),
)

const comment = v.union([
  v.pipe(
    v.string(),
    v.transform((body) => ({ body, createdAt: null })),
  ),
  v.pipe(
    v.object({ body: text, created_at: date, createdAt: date }),
    v.transform((found) => ({ body: found.body, createdAt: found.created_at ?? found.createdAt })),
  ),
])

/** REST gives their number only: then there are none. */
function commentsOf(value: unknown): IssueText['comments'] {
  const parsed = v.safeParse(v.array(comment), value)
  return parsed.success ? parsed.output : []
}

/**
 * The issues of one repository: a JSON list, JSONL, or a folder of such files and of `12.md` or `12.txt`, whose first
 * line is the title. What cannot be read is a problem, and the others are still read.
 */
export async function readIssueTexts(path: string): Promise<ReadIssueTexts> {
  const found = await stat(path).catch(() => null)
  if (found === null) return { kind: 'refused', explanation: `${path}: no such file or folder` }
  const files = found.isDirectory() ? (await readdir(path)).sort().map((name) => join(path, name)) : [path]
  const issues = new Map<number, IssueText>()
  const problems: string[] = []
  for (const file of files) {
    if (found.isDirectory() && !/\.(?:jsonl?|md|txt)$/.test(file)) continue
    for (const row of issuesIn(file, await readFile(file, 'utf8'))) {
      if (typeof row === 'string') problems.push(row)
      else if (row !== null && !issues.has(row.number)) issues.set(row.number, row)
    }
  }
  return { kind: 'read', issues, problems }
}

function issuesIn(file: string, content: string): (IssueText | string | null)[] {
  const [, number] = /(?:^|\/)(\d{1,9})\.(?:md|txt)$/.exec(file) ?? []
  if (number !== undefined) {
    const [title = '', ...body] = content.split('\n')
    const plainTitle = title.replace(/^#+\s*/, '').trim()
    return [{ number: Number(number), title: plainTitle, body: body.join('\n').trim(), createdAt: null, comments: [] }]
  }
  if (/\.(?:md|txt)$/.test(file)) return []
  const whole = parseJson(content)
  if (whole !== undefined) return [whole].flat().map((row, index) => checked(row, `${file}: issue ${index + 1}`))
  return content
    .split('\n')
    .map((line, index) => [line.trim(), `${file}:${index + 1}`] as const)
    .filter(([line]) => line !== '')
    .map(([line, place]) => checked(parseJson(line), place))
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

/** GitHub's REST API lists pull requests among the issues: these are none. */
const pullRequest = v.object({ pull_request: v.looseObject({}) })

function checked(row: unknown, place: string): IssueText | string | null {
  if (row === undefined) return `${place}: is no JSON — one object a line, or one list, is wanted`
  if (v.is(pullRequest, row)) return null
  const parsed = v.safeParse(issue, row)
  return parsed.success ? parsed.output : `${place}: ${parsed.issues[0].message}`
}
