import * as v from 'valibot'
import { type ProcessResult, runProcess } from '../util/process.ts'
import { type DockerConfig, readDockerConfig } from './docker-config.ts'

/** What the engine shows a registry: nothing, a name and a password, or a token. */
export type RegistryLogin = Readonly<Record<string, string>>

export type LoginOutcome =
  | { readonly kind: 'login'; readonly login: RegistryLogin }
  | { readonly kind: 'unusable'; readonly explanation: string }

export interface DockerClient {
  /** Holds Docker's `config.json`. */
  readonly configDir: string
  /** What programs that keep credentials may see. */
  readonly environment: Readonly<Record<string, string>>
}

const helperMs = 60_000
const helperBytes = 256 * 1024
const hubKey = 'https://index.docker.io/v1/'

/**
 * How Docker's own client would log in to a registry: by the helper for that registry, else by the one for all, else by
 * what stands in its file. Asked anew each time, since what helpers give out expires.
 */
export async function loginTo(registry: string, client: DockerClient, signal: AbortSignal): Promise<LoginOutcome> {
  const read = await readDockerConfig(client.configDir)
  if (read.kind === 'unusable') return read
  const { config, path } = read
  const key = registry === 'docker.io' ? hubKey : registry
  const helper = config.credHelpers[key] ?? config.credHelpers[registry] ?? config.credsStore
  if (helper !== '') return await askHelper(helper, key, client, signal)
  const [name, entry] = entryOf(config, key) ?? []
  if (name === undefined || entry === undefined) return { kind: 'login', login: {} }
  const login = loginOf(entry, key)
  if (login !== null) return { kind: 'login', login }
  return unusable(`${path} cannot be used: auths["${name}"].auth is not the base64 of user:password`)
}

type Entry = DockerConfig['auths'][string]

/** Older clients wrote addresses where newer ones write hosts. */
function entryOf({ auths }: DockerConfig, key: string): readonly [string, Entry] | undefined {
  const entries = Object.entries(auths)
  return entries.find(([name]) => name === key) ?? entries.find(([name]) => hostOf(name) === hostOf(key))
}

function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, '').replace(/\/.*$/s, '')
}

/** Null where the entry cannot be read. An empty one stands where a helper keeps the rest. */
function loginOf(entry: Entry, key: string): RegistryLogin | null {
  const { identitytoken, registrytoken, auth = '', username, password } = entry
  if (identitytoken) return { identitytoken, serveraddress: key }
  if (registrytoken) return { registrytoken, serveraddress: key }
  if (auth === '') {
    return username === undefined ? {} : { username, password: password ?? '', serveraddress: key }
  }
  const [, user, secret] = /^([^:]+):(.*)$/s.exec(Buffer.from(auth, 'base64').toString()) ?? []
  if (user === undefined || secret === undefined) return null
  return { username: user, password: secret.replace(/\0+$/, ''), serveraddress: key }
}

const helperAnswer = v.object({ Username: v.string(), Secret: v.string() })

/** https://github.com/docker/docker-credential-helpers: the registry on standard input, JSON on standard output. */
async function askHelper(
  name: string,
  key: string,
  { environment }: DockerClient,
  signal: AbortSignal,
): Promise<LoginOutcome> {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return unusable(`${JSON.stringify(name)} is no name of a credential helper`)
  const program = `docker-credential-${name}`
  const path = Bun.which(program, { PATH: environment.PATH ?? '' })
  if (path === null) return unusable(`${program}, which is to know the login to ${key}, is not on this machine`)
  const options = { env: environment, stdin: key, timeoutMs: helperMs, outputLimitBytes: helperBytes, signal }
  const result = await runProcess([path, 'get'], options)
  signal.throwIfAborted()
  if (result.exitCode !== 0) {
    const said = complaintOf(result)
    return said.includes('credentials not found') ? { kind: 'login', login: {} } : unusable(`${program}: ${said}`)
  }
  const answer = v.safeParse(helperAnswer, parsed(result.stdout))
  if (!answer.success) return unusable(`${program} gave no login to ${key}`)
  const { Username: username, Secret: secret } = answer.output
  return username === '<token>'
    ? { kind: 'login', login: { identitytoken: secret, serveraddress: key } }
    : { kind: 'login', login: { username, password: secret, serveraddress: key } }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
}

/** Helpers complain on either; what they print when they succeed is secret and never shown. */
function complaintOf({ stdout, stderr, ended }: ProcessResult): string {
  if (ended === 'timed-out') return `does not answer within ${helperMs / 1000} s`
  const said = `${new TextDecoder().decode(stdout)} ${stderr}`.trim()
  return said === '' ? 'failed without a word' : said.slice(0, 500)
}

function unusable(explanation: string): LoginOutcome {
  return { kind: 'unusable', explanation }
}
