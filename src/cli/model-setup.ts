import { isIPv4, isIPv6 } from 'node:net'
import { promptDigest } from '../authors/model/prompt-digest.ts'
import { environmentVariable } from '../config/process-environment.ts'
import type { Budget } from '../domain/budget.ts'
import type { ModelRole } from '../domain/model-call.ts'
import type { Credential } from '../llm/api-access.ts'
import { createModelClient, type ModelClient, unpricedModels } from '../llm/model-client.ts'
import { type PriceList, readPriceFile } from '../llm/prices.ts'
import { recorded, replayed } from '../llm/recording.ts'
import { messageOf } from '../util/message-of.ts'
import { UsageError } from './errors.ts'
import type { ModelOptions } from './options/model.ts'

/** What a run needs to ask models. */
export interface ModelSetup {
  readonly client: ModelClient
  readonly budget: Budget
  /** SHA-256 of all prompts. */
  readonly prompts: string
}

/** The models of a run as typed and as the environment says. Throws UsageError with what is missing, or wrong, and its fix. */
export async function setUpModel(options: ModelOptions): Promise<ModelSetup> {
  const budget = { runUsd: options.budgetUsd ?? null, instanceUsd: options.instanceBudgetUsd ?? null }
  return { client: await clientOf(options), budget, prompts: promptDigest }
}

async function clientOf(options: ModelOptions): Promise<ModelClient> {
  const { record, replay, thinking } = options
  if (record !== undefined && replay !== undefined) throw new UsageError('one of --record and --replay at a time')
  if (replay !== undefined) return await asUsage(replayed(replay), '--replay')
  const models = modelsOf(options)
  const baseUrl = baseUrlOf(options)
  const credential = credentialOf(baseUrl)
  const client = createModelClient({
    baseUrl: baseUrl.href,
    credential,
    version: null,
    isProxied: isProxied(baseUrl),
    models,
    prices: await pricesOf(options, models),
    ...(options.modelCalls === undefined ? {} : { maxConcurrentCalls: options.modelCalls }),
    ...(thinking === undefined ? {} : { thinking: forAllRoles(() => thinking) }),
  })
  if (record === undefined) return client
  const secrets = credential.kind === 'none' ? [] : [credential.value]
  return await asUsage(recorded(client, record, secrets), '--record')
}

/** Folders that cannot be used are named by the option that named them. */
async function asUsage<T>(promise: Promise<T>, option: string): Promise<T> {
  try {
    return await promise
  } catch (error) {
    throw new UsageError(`${option}: ${messageOf(error)}`, { cause: error })
  }
}

function forAllRoles<T>(give: (role: ModelRole) => T): Record<ModelRole, T> {
  return {
    explore: give('explore'),
    dockerfile: give('dockerfile'),
    evalScript: give('evalScript'),
    analyse: give('analyse'),
    solve: give('solve'),
  }
}

function modelsOf(options: ModelOptions): Record<ModelRole, string> {
  const usual = options.model ?? environmentVariable('ANTHROPIC_MODEL')
  return forAllRoles((role) => {
    // A run asks no solver, so that none has to be named.
    const name = options[`${role === 'solve' ? 'dockerfile' : role}Model`] ?? usual
    if (name === undefined) throw new UsageError('no model is named — add --model NAME, or set ANTHROPIC_MODEL')
    return name
  })
}

function baseUrlOf(options: ModelOptions): URL {
  const fromEnvironment = environmentVariable('ANTHROPIC_BASE_URL')
  const name = options.baseUrl === undefined && fromEnvironment !== undefined ? 'ANTHROPIC_BASE_URL' : '--base-url'
  const typed = options.baseUrl ?? fromEnvironment ?? 'https://api.anthropic.com'
  const url = URL.parse(typed)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${name}: an address such as https://api.anthropic.com is wanted, not ${typed}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(`${name}: no name and no password belong there — the key goes into ANTHROPIC_API_KEY`)
  }
  if (url.search !== '' || url.hash !== '') throw new UsageError(`${name}: nothing belongs behind the path: ${typed}`)
  if (url.protocol === 'http:' && !isOwnHost(url.hostname)) {
    throw new UsageError(`${name}: ${url.host} would get the key in the clear — write https://`)
  }
  return url
}

/** This machine, or one of a private network. */
function isOwnHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (isIPv4(host)) return /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(host)
  if (isIPv6(host)) return /^::1$|^f[cd]|^fe[89ab]/.test(host)
  return /^[^.]+$|\.(localhost|local|internal|lan)$/.test(host)
}

/** From the environment alone: what is typed can be read by others, and stays in the shell's history. */
function credentialOf(baseUrl: URL): Credential {
  const key = environmentVariable('ANTHROPIC_API_KEY')
  if (key !== undefined) return { kind: 'api-key', value: key }
  const token = environmentVariable('ANTHROPIC_AUTH_TOKEN')
  if (token !== undefined) return { kind: 'bearer-token', value: token }
  if (isOwnHost(baseUrl.hostname)) return { kind: 'none' }
  throw new UsageError(`no key for ${baseUrl.host} — set ANTHROPIC_API_KEY, or ANTHROPIC_AUTH_TOKEN for a bearer token`)
}

function isProxied(baseUrl: URL): boolean {
  if (isOwnHost(baseUrl.hostname)) return false
  const names = baseUrl.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy']
  return names.some((name) => environmentVariable(name) !== undefined)
}

async function pricesOf(options: ModelOptions, models: Readonly<Record<ModelRole, string>>): Promise<PriceList> {
  const read = options.prices === undefined ? null : await readPriceFile(options.prices)
  if (read?.kind === 'unusable') throw new UsageError(`--prices: ${read.problem}`)
  const prices = read?.prices ?? {}
  const unpriced = unpricedModels(models, prices)
  if (unpriced.length === 0) return prices
  const example = JSON.stringify({ [unpriced[0] ?? '']: { input: 3, output: 15 } })
  throw new UsageError(
    `no price is known for ${unpriced.join(', ')} — write dollars per million tokens into a file, such as ${example}, and name it with --prices (0 for a server of your own)`,
  )
}
