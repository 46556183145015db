import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import type { ModelRequest, ModelUsage } from '../domain/model-call.ts'
import { messageOf } from '../util/message-of.ts'
import published from './prices.json' with { type: 'json' }

/** Dollars per million tokens, by the kinds that are priced apart. */
interface Rates {
  readonly input: number
  readonly output: number
  readonly cacheWrite: number
  readonly cacheRead: number
}

/** What a model's tokens cost. */
export interface Price extends Rates {
  /** Rates of every token of a call whose prompt is longer than this. */
  readonly longPrompt?: Rates & { readonly overTokens: number }
}

/** Prices by the name of the model. */
export type PriceList = Readonly<Record<string, Price>>

/** Costs nothing: a server of one's own, or answers from a recording. */
export const freePrice: Price = { input: 0, output: 0, cacheWrite: 0, cacheRead: 0 }

const dollars = v.pipe(v.number(), v.finite(), v.minValue(0))
const rates = { input: dollars, output: dollars, cacheWrite: v.optional(dollars), cacheRead: v.optional(dollars) }
const priceFile = v.pipe(
  v.unknown(),
  v.check((json) => !Array.isArray(json), 'Invalid type: Expected Object but received Array'),
  v.record(
    v.string(),
    v.strictObject({
      ...rates,
      longPrompt: v.optional(v.strictObject({ ...rates, overTokens: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
    }),
  ),
)

export const publishedPrices: PriceList = published.models

export type PriceFileOutcome =
  | { readonly kind: 'read'; readonly prices: PriceList }
  /** Says which file and which key of it, and how it should be. */
  | { readonly kind: 'unusable'; readonly problem: string }

/**
 * Prices of one's own: `{"MODEL": {"input": 3, "output": 15, "cacheWrite": 3.75, "cacheRead": 0.3}}`. Where the cache is
 * not priced, its tokens cost what input costs.
 */
export async function readPriceFile(path: string): Promise<PriceFileOutcome> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    return { kind: 'unusable', problem: `${path}: ${messageOf(error)}` }
  }
  const parsed = v.safeParse(priceFile, json)
  if (parsed.success) return { kind: 'read', prices: mapValues(parsed.output, withCache) }
  const [issue] = parsed.issues
  const key = v.getDotPath(issue) ?? 'the whole file'
  const problem = `${path}: ${key}: ${issue.message}; write {"MODEL": {"input": 3, "output": 15}}, dollars per million tokens`
  return { kind: 'unusable', problem }
}

type WrittenRates = v.InferOutput<v.StrictObjectSchema<typeof rates, undefined>>

function withCache(written: v.InferOutput<typeof priceFile>[string]): Price {
  const { longPrompt } = written
  if (longPrompt === undefined) return filled(written)
  return { ...filled(written), longPrompt: { ...filled(longPrompt), overTokens: longPrompt.overTokens } }
}

const filled = ({ input, output, cacheWrite, cacheRead }: WrittenRates): Rates => ({
  input,
  output,
  cacheWrite: cacheWrite ?? input,
  cacheRead: cacheRead ?? input,
})

const mapValues = <T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))

/** The price of a model; a name that ends with the date of a snapshot has the price of the model. Null: not known. */
export function findPrice(model: string, prices: PriceList): Price | null {
  const name = Object.hasOwn(prices, model) ? model : model.replace(/-20\d{6}$/, '')
  return Object.hasOwn(prices, name) ? (prices[name] ?? null) : null
}

export function costOf(usage: ModelUsage, price: Price): number {
  const prompt = usage.input + usage.cacheWrite + usage.cacheRead
  const { longPrompt } = price
  const rate = longPrompt !== undefined && prompt > longPrompt.overTokens ? longPrompt : price
  const micro =
    usage.input * rate.input +
    usage.output * rate.output +
    usage.cacheWrite * rate.cacheWrite +
    usage.cacheRead * rate.cacheRead
  return micro / 1_000_000
}

/** Text and code have three to four bytes a token; what is made to be dense may have two. */
const fewestBytesPerToken = 2
/** What an API adds to a prompt for the use of tools. */
const hiddenTokens = 1000

/**
 * What one try of a request costs at most: its text counted densely and all written to the cache, and as much output as
 * it allows.
 */
export function reservationOf(request: ModelRequest, price: Price): number {
  const prompt = Math.ceil(promptBytes(request) / fewestBytesPerToken) + hiddenTokens
  const dearest = Math.max(price.input, price.cacheWrite) === price.input ? { input: prompt } : { cacheWrite: prompt }
  return costOf({ input: 0, cacheWrite: 0, cacheRead: 0, ...dearest, output: request.maxTokens }, price)
}

/** The tokens of a request as they usually are, for what an API does not tell. */
export function usualPromptTokens(request: ModelRequest): number {
  return Math.ceil(promptBytes(request) / 4)
}

function promptBytes({ system, tools, messages }: ModelRequest): number {
  return Buffer.byteLength(JSON.stringify([system, tools, messages]))
}
