import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import Docker from 'dockerode'
import { FaultError } from '../domain/fault.ts'

/** What the engine says of itself and its machine. */
export interface EngineFacts {
  readonly version: string
  readonly apiVersion: string
  readonly storageDriver: string
  readonly cgroupVersion: 1 | 2
  readonly cpus: number
  readonly memoryBytes: number
  readonly dataRoot: string
  readonly runcVersion?: string
}

/** One call of the engine's API, as a value. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** For messages: `start a container`. */
  readonly doing: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  readonly upload?: Buffer | Readable
  /** Shown to the registry that the call is about; empty where that knows nobody. */
  readonly login?: Readonly<Record<string, string>>
  /** How long the engine may take to answer; for a stream, to begin. Infinity for calls that wait on purpose. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** Resolves when a build or a container may begin; rejects with the signal's reason once that is aborted. */
export type Admit = (signal: AbortSignal) => Promise<void>

export interface EngineOptions {
  readonly socketPath?: string
  /** Awaited before each build, and before each container is made. Without it nothing waits. */
  readonly admit?: Admit
}

/** The engine answered, with an HTTP error. It travels as the cause of a FaultError. */
class EngineError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'EngineError'
    this.status = status
  }
}

const answerMs = 60_000

/** The connection to one Docker engine. Every call is bounded in time: an engine that hangs is a fault like one that is gone. */
export class Engine {
  readonly socketPath: string
  readonly admit: Admit
  readonly #modem: Modem
  #facts: Promise<EngineFacts> | undefined

  private constructor({ socketPath = '/var/run/docker.sock', admit = async () => undefined }: EngineOptions) {
    this.socketPath = socketPath
    this.admit = admit
    this.#modem = new Docker({ ...notFromEnvironment, socketPath }).modem as Modem
  }

  /** Does not talk to the engine yet. */
  static connect(options: EngineOptions = {}): Engine {
    return new Engine(options)
  }

  /** Asked once and remembered. Throws FaultError('engine-unreachable') where nobody answers. */
  async facts(signal?: AbortSignal): Promise<EngineFacts> {
    const asked = this.#facts ?? askFacts(this, signal)
    const facts = await asked
    this.#facts = asked
    return facts
  }

  /** Performs a call and parses its answer, where that is JSON. Throws FaultError, or the signal's reason. */
  call<T>(request: ApiRequest): Promise<T> {
    return this.#bounded(request, async (signal) => {
      const answer = await this.#open(request, signal)
      const body = await buffer(answer)
      return (isJson(answer) ? JSON.parse(body.toString()) : body) as T
    })
  }

  /** Like `call`, and null where the engine says 404. */
  async find<T>(request: ApiRequest): Promise<T | null> {
    try {
      return await this.call<T>(request)
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw error
    }
  }

  /** The answer as a stream, which the caller reads to its end or destroys. The signal ends it; its errors are faults. */
  async stream(request: ApiRequest): Promise<Readable> {
    const answer = await this.#bounded(request, (signal) => this.#open(request, signal))
    const stream = new Readable({
      read: () => answer.resume(),
      destroy: (error, done) => {
        answer.destroy()
        done(error)
      },
    })
    answer.on('data', (chunk: Uint8Array) => stream.push(chunk) || answer.pause())
    answer.on('end', () => stream.push(null))
    answer.on('error', (error) => stream.destroy(this.#fault(request, error)))
    const onAbort = () => stream.destroy(reasonOf(request.signal))
    request.signal?.addEventListener('abort', onAbort)
    stream.once('close', () => request.signal?.removeEventListener('abort', onAbort))
    if (request.signal?.aborted) onAbort()
    return stream
  }

  /** Ends the work with the request's signal and with its time. */
  async #bounded<T>(request: ApiRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, timeoutMs = answerMs } = request
    signal?.throwIfAborted()
    const controller = new AbortController()
    const ended = Promise.withResolvers<never>()
    const onAbort = () => ended.reject(reasonOf(signal))
    const onLate = () => ended.reject(this.#silence(request, timeoutMs))
    const timer = Number.isFinite(timeoutMs) ? setTimeout(onLate, timeoutMs) : undefined
    signal?.addEventListener('abort', onAbort)
    ended.promise.catch(() => controller.abort())
    try {
      const working = work(controller.signal).catch((error: Error) => Promise.reject(this.#fault(request, error)))
      return await Promise.race([working, ended.promise])
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** The library reads answers itself unless asked for a stream, and then never notices one that is cut off. */
  #open(request: ApiRequest, signal: AbortSignal): Promise<Readable> {
    return new Promise((resolve, reject) => {
      this.#modem.dial(dialOptions(request, signal), (error, answer) => (error ? reject(error) : resolve(answer)))
    })
  }

  #silence(request: ApiRequest, timeoutMs: number): FaultError {
    return new FaultError(
      'engine-unreachable',
      `Docker at ${this.socketPath} did not answer within ${timeoutMs / 1000} s: ${request.doing}`,
    )
  }

  #fault(request: ApiRequest, error: DialError): FaultError {
    const said = error.message.trim()
    if (error.statusCode === undefined) {
      const message = `Docker does not answer at ${this.socketPath}: ${request.doing}: ${said}`
      return new FaultError('engine-unreachable', message, { cause: error })
    }
    const cause = new EngineError(error.statusCode, said)
    const isFull = error.statusCode >= 500 && /no space left on device|disk quota exceeded/.test(said)
    return new FaultError(isFull ? 'disk-full' : 'engine-failed', `Docker could not ${request.doing}: ${said}`, {
      cause,
    })
  }
}

/** The HTTP status that a fault of the engine stands on, where there is one. */
export function statusOf(error: unknown): number | undefined {
  const cause = error instanceof FaultError ? error.cause : error
  return cause instanceof EngineError ? cause.status : undefined
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason })
}

/** The library would let DOCKER_HOST win over the socket it is given. */
const notFromEnvironment = { host: undefined, port: undefined, protocol: 'http', timeout: undefined } as object

type DialError = Error & { readonly statusCode?: number }

interface Modem {
  dial(options: object, callback: (error: DialError | null, answer: Readable) => void): void
}

const goodStatuses = { 200: true, 201: true, 204: true, 304: true }

function dialOptions(request: ApiRequest, abortSignal: AbortSignal): object {
  return {
    path: request.query ? `${request.path}?` : request.path,
    method: request.method,
    statusCodes: goodStatuses,
    isStream: true,
    abortSignal,
    options: { _query: request.query ?? {}, _body: request.body ?? {} },
    ...(request.upload ? { file: request.upload } : {}),
    ...(request.login ? { authconfig: request.login } : {}),
  }
}

function isJson(answer: Readable): boolean {
  const { headers } = answer as Partial<IncomingMessage>
  return headers?.['content-type']?.startsWith('application/json') === true
}

async function askFacts(engine: Engine, signal: AbortSignal | undefined): Promise<EngineFacts> {
  const asking = { method: 'GET', timeoutMs: 15_000, ...(signal ? { signal } : {}) } as const
  const [info, version] = await Promise.all([
    engine.call<InfoAnswer>({ ...asking, path: '/info', doing: 'describe itself' }),
    engine.call<VersionAnswer>({ ...asking, path: '/version', doing: 'tell its version' }),
  ])
  const runc = version.Components?.find((component) => component.Name === 'runc')
  return {
    version: version.Version,
    apiVersion: version.ApiVersion,
    storageDriver: info.Driver,
    cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    dataRoot: info.DockerRootDir,
    ...(runc ? { runcVersion: runc.Version } : {}),
  }
}

interface InfoAnswer {
  readonly Driver: string
  readonly CgroupVersion?: string
  readonly NCPU: number
  readonly MemTotal: number
  readonly DockerRootDir: string
}

interface VersionAnswer {
  readonly Version: string
  readonly ApiVersion: string
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[]
}
