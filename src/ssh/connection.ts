import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { BoundedOutput } from '../util/bounded-output.ts'
import type { ByteChannel } from '../util/byte-channel.ts'
import { Semaphore } from '../util/semaphore.ts'
import { pieces, SshStream } from './stream.ts'
import { type SshTrouble, trouble } from './trouble.ts'

export interface ExecOptions {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** What the command reads; nothing where absent. */
  readonly stdin?: string | Uint8Array
  /** Bound on what is kept of stdout and of stderr each. */
  readonly outputLimitBytes: number
}

/** What only a connection of its own can do. */
export interface StreamedExecOptions extends Omit<ExecOptions, 'stdin'> {
  /** What comes in pieces is asked for no faster than it is sent. */
  readonly stdin?: ExecOptions['stdin'] | AsyncIterable<Uint8Array>
  /** Is given what the command prints on stdout as it comes. */
  readonly onOutput?: (chunk: Uint8Array) => void
}

export interface ExecOutput {
  readonly stdout: Uint8Array
  readonly stderr: string
}

export type ExecEnd =
  /** `exitCode` is null where a signal ended it. */
  | (ExecOutput & { readonly kind: 'exited'; readonly exitCode: number | null })
  | (ExecOutput & { readonly kind: 'timed-out' })
  | { readonly kind: 'failed'; readonly trouble: SshTrouble }

export type OpenEnd =
  /** Whoever opened it closes it. */
  { readonly kind: 'opened'; readonly channel: ByteChannel } | { readonly kind: 'failed'; readonly trouble: SshTrouble }

/** Side by side on one connection: sshd's MaxSessions is 10 by default, and it counts some that have ended already. */
const maxCommands = 4

/** An open connection to a host. Whoever opened it disposes of it; the commands on it are cut off then. */
export class SshConnection implements AsyncDisposable {
  /** `host:port`. */
  readonly place: string
  readonly #client: Client
  readonly #socket: Duplex
  readonly #closeUnder: () => Promise<void>
  readonly #closed: Promise<void>
  readonly #commands = new Semaphore(maxCommands)
  #isClosed = false

  /** `socket` is what the client goes over, and `closeUnder` ends what that goes over. */
  constructor(place: string, client: Client, socket: Duplex, closeUnder: () => Promise<void>) {
    this.place = place
    this.#client = client
    this.#socket = socket
    this.#closeUnder = closeUnder
    this.#closed = new Promise((resolve) => {
      client.once('close', () => {
        this.#isClosed = true
        resolve()
      })
    })
  }

  /** Runs one command line in the account's shell. Rejects with the signal's reason once that is aborted. */
  exec(command: string, options: StreamedExecOptions): Promise<ExecEnd> {
    return this.#commands.with(() => this.#exec(command, options))
  }

  /**
   * Starts a command that goes on, and whose input and output are a stream. It takes no turn among the others, and has no
   * more than the connection's life.
   */
  async open(command: string, { signal }: { readonly signal: AbortSignal }): Promise<OpenEnd> {
    const started = await this.#start(command, signal, (channel) => new SshStream(channel, this.#socket, this.#closed))
    return started.kind === 'started' ? { kind: 'opened', channel: started.what } : started
  }

  async #exec(command: string, options: StreamedExecOptions): Promise<ExecEnd> {
    const started = await this.#start(command, options.signal, (channel) => listen(channel, options))
    return started.kind === 'started' ? await this.#finish(started.what, options) : started
  }

  /** What a short command prints, and its end, may come in one packet with its channel: `take` listens to it at once. */
  async #start<T>(command: string, signal: AbortSignal, take: (channel: ClientChannel) => T): Promise<Started<T>> {
    signal.throwIfAborted()
    const { promise, resolve } = Promise.withResolvers<{ readonly what: T } | null>()
    const onAbort = () => resolve(null)
    signal.addEventListener('abort', onAbort)
    try {
      this.#client.exec(command, (error, channel) => {
        resolve(error ? null : { what: take(channel) })
        if (signal.aborted) channel?.close()
      })
    } catch {
      // The library throws where the connection is gone already.
      signal.removeEventListener('abort', onAbort)
      return this.#lost()
    }
    const started = await promise
    signal.removeEventListener('abort', onAbort)
    signal.throwIfAborted()
    if (started !== null) return { kind: 'started', ...started }
    // The library says so before it ends what was asked for.
    if (this.#isClosed) return this.#lost()
    const fix = 'see that the account may run commands, and MaxSessions in its sshd_config'
    return { kind: 'failed', trouble: trouble('no-shell', `${this.place}: it runs no command`, fix) }
  }

  /** A connection from the host to somewhere else; null where the host does not make it. */
  async forward(host: string, port: number): Promise<Duplex | null> {
    const { promise, resolve } = Promise.withResolvers<Duplex | null>()
    try {
      this.#client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => resolve(error ? null : channel))
    } catch {
      // The library throws where the connection is gone already.
      resolve(null)
    }
    return await promise
  }

  async #finish(running: Running, { signal, timeoutMs, stdin }: StreamedExecOptions): Promise<ExecEnd> {
    const { channel } = running
    const { promise, resolve } = Promise.withResolvers<'timed-out' | 'aborted'>()
    const timer = setTimeout(() => resolve('timed-out'), timeoutMs)
    const onAbort = () => resolve('aborted')
    signal.addEventListener('abort', onAbort)
    const over = Promise.race([running.closed, promise])
    void this.#feed(channel, stdin, over)
    const ended = await over
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    if (ended !== 'closed') channel.close()
    signal.throwIfAborted()
    const output = { stdout: running.stdout.bytes(), stderr: running.stderr.text() }
    if (ended === 'timed-out') return { kind: 'timed-out', ...output }
    if (running.exitCode === undefined) return this.#lost()
    return { kind: 'exited', exitCode: running.exitCode, ...output }
  }

  /** Keeps what is written but not sent yet small: a ping behind megabytes of it comes too late on a slow link. */
  async #feed(channel: ClientChannel, stdin: StreamedExecOptions['stdin'], over: Promise<unknown>): Promise<void> {
    let isOver = false
    const ended = over.then(() => {
      isOver = true
    })
    for await (const chunk of chunksOf(stdin)) {
      for (const piece of pieces(chunk)) {
        await Promise.race([ended, new Promise<void>((resolve) => channel.write(piece, () => resolve()))])
        if (!isOver && this.#socket.writableNeedDrain) {
          await Promise.race([ended, new Promise<void>((resolve) => this.#socket.once('drain', resolve))])
        }
        if (isOver) return
      }
    }
    channel.end()
  }

  #lost(): Extract<ExecEnd, { kind: 'failed' }> {
    const fix = 'see whether the host is still up'
    return { kind: 'failed', trouble: trouble('lost', `${this.place}: the connection was lost`, fix) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.end()
    const { promise: isLate, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, goodbyeMs)
    await Promise.race([this.#closed, isLate])
    clearTimeout(timer)
    this.#client.destroy()
    await this.#closeUnder()
  }
}

/** Where commands are run, whatever carries them there. */
export interface Remote extends Pick<SshConnection, 'place'> {
  exec(command: string, options: ExecOptions): Promise<ExecEnd>
}

const goodbyeMs = 1_000

type Started<T> =
  | { readonly kind: 'started'; readonly what: T }
  | { readonly kind: 'failed'; readonly trouble: SshTrouble }

interface Running {
  readonly channel: ClientChannel
  readonly stdout: BoundedOutput
  readonly stderr: BoundedOutput
  readonly closed: Promise<'closed'>
  /** Null where a signal ended it; undefined until it ended, and where the host never said how. */
  exitCode: number | null | undefined
}

function chunksOf(stdin: StreamedExecOptions['stdin'] = ''): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof stdin === 'string') return [Buffer.from(stdin)]
  return stdin instanceof Uint8Array ? [stdin] : stdin
}

function listen(channel: ClientChannel, { outputLimitBytes, onOutput }: StreamedExecOptions): Running {
  const { promise: closed, resolve } = Promise.withResolvers<'closed'>()
  const running: Running = {
    channel,
    stdout: new BoundedOutput(outputLimitBytes),
    stderr: new BoundedOutput(outputLimitBytes),
    closed,
    exitCode: undefined,
  }
  channel.on('data', (chunk: Uint8Array) => {
    running.stdout.push(chunk)
    onOutput?.(chunk)
  })
  channel.stderr.on('data', (chunk: Uint8Array) => running.stderr.push(chunk))
  channel.on('exit', (code: number | null) => {
    running.exitCode = code
  })
  channel.on('close', () => resolve('closed'))
  channel.on('error', () => resolve('closed'))
  return running
}
