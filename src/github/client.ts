import { setTimeout as sleep } from 'node:timers/promises'
import { Octokit } from '@octokit/core'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import * as v from 'valibot'
import { EtagCache } from './etag-cache.ts'
import { type Quota, type Resource, resources, type Token, TokenRing } from './token-ring.ts'
import {
  type Failure,
  failureOf,
  GitHubAccessError,
  type GraphqlError,
  type Headers,
  restOf,
  type Trouble,
  troubleOf,
} from './trouble.ts'

export interface GitHubOptions {
  /** At least one: GraphQL answers nobody without. */
  readonly tokens: readonly string[]
  /** `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server. */
  readonly apiUrl: string
  /** Keeps answers with their ETags; none are kept without. */
  readonly cacheDir?: string
  readonly signal: AbortSignal
  /** Every token rests until then. */
  readonly onWait?: (untilMs: number, why: string) => void
  /** First wait before an error of GitHub's own is tried again; 1 s by default, 4 and 9 times as long after it. */
  readonly retryAfterMs?: number
}

export type Answer<T> = { readonly kind: 'answer'; readonly value: T } | Failure

/** What GraphQL gives: the data may have holes where there are errors. */
export interface GraphqlAnswer {
  readonly data: unknown
  readonly errors: readonly GraphqlError[]
}

const Client = Octokit.plugin(retry, throttling)
type Client = InstanceType<typeof Client>

/** A conditional request, a refused token or a thing that is not there gets no better by trying again. */
const finalStatuses = [304, 400, 401, 403, 404, 406, 409, 410, 422, 429, 451]

const maximumTurns = 200

/**
 * GitHub's REST and GraphQL with several tokens in turn. Rate limits are waited for, errors of GitHub's own tried
 * again; what is left is an outcome. Throws GitHubAccessError once no token is of use.
 */
export class GitHub {
  readonly #ring: TokenRing<Client>
  readonly #options: GitHubOptions
  readonly #cache: EtagCache | null

  private constructor(options: GitHubOptions, clients: readonly Client[]) {
    this.#options = options
    this.#cache = options.cacheDir === undefined ? null : new EtagCache(options.cacheDir)
    this.#ring = new TokenRing(clients)
    for (const token of this.#ring.tokens) {
      token.client.hook.after('request', (response) => noteQuota(token, response.headers, Date.now()))
    }
  }

  /** Tries every token before anything else, so that a wrong one is said at once. */
  static async open(options: GitHubOptions): Promise<GitHub> {
    const unpaced = new GitHub(
      options,
      options.tokens.map((token) => newClient(options, token, false)),
    )
    let isCounted = false
    for (const token of unpaced.#ring.tokens) isCounted ||= await unpaced.#probe(token)
    // A GitHub Enterprise Server that does not count requests need not be asked slowly either.
    if (!isCounted) return unpaced
    return new GitHub(
      options,
      options.tokens.map((token) => newClient(options, token, true)),
    )
  }

  /** What all tokens together have left; null where GitHub does not count. */
  quota(resource: Resource): Quota | null {
    return this.#ring.quota(resource)
  }

  async graphql(query: string, variables: Readonly<Record<string, unknown>>): Promise<Answer<GraphqlAnswer>> {
    return this.#inTurn('graphql', async (client) => {
      try {
        return { kind: 'answer', value: { data: await client.graphql(query, { ...variables }), errors: [] } }
      } catch (error) {
        const trouble = troubleOf(error)
        const isPartial = trouble?.status === null && !trouble.errors.some((found) => fatalTypes.has(found.type ?? ''))
        if (!isPartial || !isRecord(trouble.data)) throw error
        return { kind: 'answer', value: { data: trouble.data, errors: trouble.errors } }
      }
    })
  }

  /** The bytes of a REST resource, by its ETag from the cache where they are still the same. */
  async get(path: string, options: { readonly accept?: string } = {}): Promise<Answer<Uint8Array>> {
    const accept = options.accept ?? 'application/vnd.github+json'
    const key = `${this.#options.apiUrl}${path} ${accept}`
    const cached = (await this.#cache?.read(key)) ?? null
    return this.#inTurn('core', async (client) => {
      const headers = { accept, ...(cached === null ? {} : { 'if-none-match': cached.etag }) }
      try {
        const response = await client.request(`GET ${path}`, { headers, request: { parseSuccessResponseBody: false } })
        const body = new Uint8Array(await new Response(response.data).arrayBuffer())
        const { etag } = response.headers
        if (etag !== undefined) await this.#cache?.write(key, { etag, body })
        return { kind: 'answer', value: body }
      } catch (error) {
        if (cached !== null && troubleOf(error)?.status === 304) return { kind: 'answer', value: cached.body }
        throw error
      }
    })
  }

  /** Sends by one token after another until there is an answer, or a failure that no other token would mend. */
  async #inTurn<T>(resource: Resource, send: (client: Client) => Promise<Answer<T>>): Promise<Answer<T>> {
    const { signal } = this.#options
    for (let turn = 0; turn < maximumTurns; turn += 1) {
      const { client, token } = await this.#nextToken(resource)
      try {
        return await unlessAborted(send(client), signal)
      } catch (error) {
        signal.throwIfAborted()
        const trouble = troubleOf(error)
        if (trouble === null) throw error
        const failure = this.#settle(token, resource, trouble)
        if (failure !== null) return failure
      }
    }
    return { kind: 'unreachable', explanation: `rate limits met ${maximumTurns} times in a row` }
  }

  async #nextToken(resource: Resource): Promise<{ client: Client; token: Token<Client> }> {
    const { signal, onWait } = this.#options
    for (;;) {
      signal.throwIfAborted()
      const turn = this.#ring.take(resource, Date.now())
      if (turn.kind === 'token') return { client: turn.token.client, token: turn.token }
      if (turn.kind === 'none') throw new GitHubAccessError('GitHub refuses every token — make new ones')
      onWait?.(turn.untilMs, `every token is at its ${resource} rate limit`)
      await sleep(Math.max(0, turn.untilMs - Date.now()), undefined, { signal })
    }
  }

  /** Null where another turn may do better. */
  #settle(token: Token<Client>, resource: Resource, trouble: Trouble): Failure | null {
    const rest = restOf(trouble, Date.now())
    if (rest !== null) {
      for (const each of rest.kind === 'primary' ? [resource] : resources) token.restUntilMs.set(each, rest.untilMs)
      return null
    }
    if (trouble.status === 401) {
      token.isRefused = true
      return null
    }
    const scope = trouble.errors.find((error) => error.type === 'INSUFFICIENT_SCOPES')
    if (scope !== undefined) throw new GitHubAccessError(`${token.name} lacks a scope — ${scope.message}`)
    return failureOf(trouble)
  }

  /** True where GitHub counts the token's requests. */
  async #probe(token: Token<Client>): Promise<boolean> {
    try {
      const data = await token.client.graphql('query { rateLimit { remaining } viewer { login } }')
      return v.is(v.object({ rateLimit: v.object({ remaining: v.number() }) }), data)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      const trouble = troubleOf(error)
      if (trouble === null) throw error
      if (trouble.status === 401) throw new GitHubAccessError(`GitHub refuses ${token.name} — make a new one`)
      if (restOf(trouble, Date.now()) !== null) return true
      const scope = trouble.errors.find((found) => found.type === 'INSUFFICIENT_SCOPES')
      if (scope !== undefined) throw new GitHubAccessError(`${token.name} lacks a scope — ${scope.message}`)
      throw new GitHubAccessError(`${this.#options.apiUrl} does not answer ${token.name}: ${trouble.message}`)
    }
  }
}

/** Errors that leave nothing to be used of an answer. */
const fatalTypes: ReadonlySet<string> = new Set(['RATE_LIMITED', 'INSUFFICIENT_SCOPES'])

function newClient({ apiUrl, signal, retryAfterMs = 1000 }: GitHubOptions, token: string, isPaced: boolean): Client {
  return new Client({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'openswe',
    request: { signal },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    retry: { doNotRetry: finalStatuses, retryAfterBaseValue: retryAfterMs },
    // The plugin paces requests; which token rests after a limit is the ring's to say, since another one may go on.
    throttle: isPaced
      ? { id: crypto.randomUUID(), onRateLimit: ignore, onSecondaryRateLimit: ignore }
      : { enabled: false },
  })
}

function ignore(): void {}

/** Rejects as soon as the signal says so: the retry plugin would wait first. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  return promise
}

/** An answer that uses a quota up lets the token rest before GitHub has to refuse it. */
function noteQuota(token: Token<Client>, headers: Headers, nowMs: number): void {
  const resource = resources.find((name) => name === headers['x-ratelimit-resource'])
  const remaining = Number(headers['x-ratelimit-remaining'] ?? Number.NaN)
  const resetMs = Number(headers['x-ratelimit-reset']) * 1000
  if (resource === undefined || !(remaining >= 0) || !(resetMs > 0)) return
  token.quotas.set(resource, { remaining, resetMs })
  if (remaining === 0 && resetMs > nowMs) token.restUntilMs.set(resource, Math.min(resetMs + 1000, nowMs + 3_600_000))
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
