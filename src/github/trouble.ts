import * as v from 'valibot'

/** Why GitHub did not give what was asked for. None of these is mended by asking again at once. */
export interface Failure {
  readonly kind: /** Gone, or private and not to be seen with these tokens: GitHub does not tell which. */
    | 'missing'
    /** Withheld for legal reasons (451). */
    | 'blocked'
    | 'forbidden'
    /** GitHub does not print it: a diff that is too large. */
    | 'too-large'
    /** Such as a comparison of commits that are not there, or of an empty repository. */
    | 'unprocessable'
    /** Nobody can say now: the network, or an error of GitHub's own that several tries met. */
    | 'unreachable'
  readonly explanation: string
}

/** No token can be used any more, or a right is missing that the work needs; the message says what mends it. */
export class GitHubAccessError extends Error {
  override readonly name = 'GitHubAccessError'
}

export interface GraphqlError {
  readonly type?: string | undefined
  readonly message: string
  readonly path?: readonly (string | number)[] | undefined
}

const graphqlErrors = v.array(
  v.object({
    type: v.optional(v.string()),
    message: v.string(),
    path: v.optional(v.array(v.union([v.string(), v.number()]))),
  }),
)

/** What Octokit throws: its RequestError, its GraphqlResponseError, or what the throttling plugin makes of either. */
const thrown = v.object({
  name: v.optional(v.string()),
  message: v.string(),
  status: v.optional(v.number()),
  headers: v.optional(v.record(v.string(), v.unknown())),
  errors: v.optional(graphqlErrors),
  data: v.optional(v.unknown()),
  response: v.optional(
    v.object({ headers: v.optional(v.record(v.string(), v.unknown())), data: v.optional(v.unknown()) }),
  ),
})

export type Headers = Readonly<Record<string, unknown>>

/** The facts of a request that failed. */
export interface Trouble {
  /** Null where the answer was a good one of GraphQL with errors in it. */
  readonly status: number | null
  readonly message: string
  readonly headers: Headers
  readonly errors: readonly GraphqlError[]
  /** What GraphQL answered besides its errors. */
  readonly data: unknown
}

/** Null where the error is none of a request's. */
export function troubleOf(error: unknown): Trouble | null {
  const parsed = v.safeParse(thrown, error)
  if (!parsed.success) return null
  const { status, message, headers, errors, data, response } = parsed.output
  const inBody = v.safeParse(v.object({ errors: graphqlErrors }), response?.data)
  const found = errors ?? (inBody.success ? inBody.output.errors : [])
  if (status === undefined && found.length === 0) return null
  return {
    status: status ?? null,
    message: message.slice(0, 500),
    headers: headers ?? response?.headers ?? {},
    errors: found,
    data: data ?? null,
  }
}

/** How long a token is to rest, or null where the trouble is no rate limit. */
export interface Rest {
  readonly kind: 'primary' | 'secondary'
  readonly untilMs: number
}

const secondaryRestMs = 60_000
/** The longest window that GitHub counts requests in. */
const longestRestMs = 3_600_000

/** GitHub's rules: `retry-after`, else the reset of a quota that is used up, else a minute. */
export function restOf(trouble: Trouble, nowMs: number): Rest | null {
  const { status, headers, errors, message } = trouble
  const isUsedUp = headers['x-ratelimit-remaining'] === '0' || errors.some((error) => error.type === 'RATE_LIMITED')
  const retryAfter = Number(headers['retry-after'])
  const isLimit =
    errors.some((error) => error.type === 'RATE_LIMITED') ||
    ((status === 403 || status === 429) &&
      (isUsedUp || status === 429 || retryAfter > 0 || /secondary rate|abuse detection/i.test(message)))
  if (!isLimit) return null
  if (retryAfter > 0) return { kind: 'secondary', untilMs: nowMs + Math.min(retryAfter * 1000, longestRestMs) }
  if (!isUsedUp) return { kind: 'secondary', untilMs: nowMs + secondaryRestMs }
  const resetMs = Number(headers['x-ratelimit-reset']) * 1000
  const untilMs = resetMs > nowMs ? Math.min(resetMs + 1000, nowMs + longestRestMs) : nowMs + secondaryRestMs
  return { kind: 'primary', untilMs }
}

/** The trouble as an outcome. Rate limits and refused tokens are dealt with before. */
export function failureOf(trouble: Trouble): Failure {
  const explanation = trouble.errors[0]?.message ?? trouble.message
  const types = trouble.errors.map((error) => error.type)
  switch (trouble.status) {
    case 404:
    case 410:
      return { kind: 'missing', explanation: 'no such repository, or a private one that the tokens may not see' }
    case 451:
      return { kind: 'blocked', explanation }
    case 403:
      return { kind: 'forbidden', explanation }
    case 406:
      return { kind: 'too-large', explanation }
    case 409:
    case 422:
      return { kind: 'unprocessable', explanation }
    case null:
      if (types.includes('NOT_FOUND'))
        return { kind: 'missing', explanation: 'no such repository, or a private one that the tokens may not see' }
      if (types.includes('FORBIDDEN')) return { kind: 'forbidden', explanation }
      return { kind: 'unreachable', explanation }
    default:
      return { kind: 'unreachable', explanation }
  }
}
