/** Quotas that GitHub counts apart. */
export const resources = ['core', 'graphql'] as const
export type Resource = (typeof resources)[number]

/** What is left of one, as the last answer said. */
export interface Quota {
  readonly remaining: number
  readonly resetMs: number
}

export interface Token<Client> {
  readonly client: Client
  /** `token 2 of 3`: the token itself is never shown. */
  readonly name: string
  isRefused: boolean
  readonly restUntilMs: Map<Resource, number>
  readonly quotas: Map<Resource, Quota>
}

export type Turn<Client> =
  | { readonly kind: 'token'; readonly token: Token<Client> }
  /** Every token rests. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'none' }

/** Tokens in turn, those that rest or were refused left out. */
export class TokenRing<Client> {
  readonly tokens: readonly Token<Client>[]
  #next = 0

  constructor(clients: readonly Client[]) {
    this.tokens = clients.map((client, index) => ({
      client,
      name: clients.length === 1 ? 'the token' : `token ${index + 1} of ${clients.length}`,
      isRefused: false,
      restUntilMs: new Map(),
      quotas: new Map(),
    }))
  }

  take(resource: Resource, nowMs: number): Turn<Client> {
    const usable = this.tokens.filter((token) => !token.isRefused)
    if (usable.length === 0) return { kind: 'none' }
    for (let tried = 0; tried < this.tokens.length; tried += 1) {
      const token = this.tokens[this.#next % this.tokens.length]
      this.#next += 1
      if (token !== undefined && !token.isRefused && (token.restUntilMs.get(resource) ?? 0) <= nowMs)
        return { kind: 'token', token }
    }
    return { kind: 'wait', untilMs: Math.min(...usable.map((token) => token.restUntilMs.get(resource) ?? 0)) }
  }

  /** What all tokens together have left; null before the first answer, or where GitHub does not count. */
  quota(resource: Resource): Quota | null {
    const quotas = this.tokens.flatMap((token) => (token.isRefused ? [] : (token.quotas.get(resource) ?? [])))
    if (quotas.length === 0) return null
    return {
      remaining: quotas.reduce((sum, quota) => sum + quota.remaining, 0),
      resetMs: Math.min(...quotas.map((quota) => quota.resetMs)),
    }
  }
}
