import type { Readable } from 'node:stream'
import type { ContainerLimits } from '../domain/container-limits.ts'
import { FaultError } from '../domain/fault.ts'
import { BoundedOutput, type OnOutput } from '../util/bounded-output.ts'
import { type AgentFile, readAgentFile, writeAgentFile } from './agent-files.ts'
import { openArchive, type TarMember, tarMembers } from './archive.ts'
import { within } from './container.ts'
import { endMs, killContainer, startContainer, withContainer } from './container-calls.ts'
import { demultiplex } from './demultiplex.ts'
import { watchDisk } from './disk.ts'
import { type Engine, statusOf } from './engine.ts'
import { type ExecState, execStateOf, openExec, streamOfExec } from './exec-calls.ts'
import { hardenedHostConfig, hostname } from './host-config.ts'
import { atMost, StreamTooLong } from './stream-limit.ts'

export interface AgentContainerSpec {
  readonly imageId: string
  readonly labels: Readonly<Record<string, string>>
  /** Of all that runs in it together; the time is that of one command. */
  readonly limits: ContainerLimits
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Each command by the name it was given, and what it prints. */
  readonly onOutput?: OnOutput | undefined
}

/** How a command ended. All but `exited` and `not-started` ended everything else in the container with it. */
export type CommandEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  | { readonly kind: 'output-limit'; readonly limitBytes: number }
  | { readonly kind: 'disk-limit'; readonly limitBytes: number }
  /** Nothing can be run in the container any more, such as where its programs were deleted. */
  | { readonly kind: 'not-started' }

export interface CommandRun {
  readonly end: CommandEnd
  /** Whole, or its beginning and its end. */
  readonly output: string
  /** All that ran before had ended, or was ended so that this command could be started. */
  readonly isRestarted: boolean
}

/** How many bytes a command may print, kept or not. */
const printedBytes = 256 * 1024 * 1024

/**
 * A container for somebody who is not to be trusted and who tries things out: hardened as those of tests are, alive while
 * the work with it goes on, removed when that ends, however it ends.
 */
export async function withAgentContainer<T>(
  engine: Engine,
  spec: AgentContainerSpec,
  work: (container: AgentContainer) => Promise<T>,
): Promise<T> {
  spec.signal.throwIfAborted()
  const { cpus } = await engine.facts(spec.signal)
  const config = {
    Image: spec.imageId,
    Entrypoint: [],
    Cmd: ['/bin/sleep', 'infinity'],
    WorkingDir: '/',
    User: '0:0',
    Hostname: hostname,
    HostConfig: hardenedHostConfig(spec.limits, cpus),
  }
  return withContainer(engine, { labels: spec.labels, config, signal: spec.signal }, async (name) => {
    const container = new AgentContainer(engine, name, spec)
    try {
      return await work(container)
    } finally {
      container.unwatch()
    }
  })
}

/**
 * Commands are processes of one container, one at a time: files stay from one to the next, and so does what they leave
 * running. What goes over a limit is ended together with everything else that runs; files stay then too.
 */
export class AgentContainer {
  readonly #engine: Engine
  readonly #name: string
  readonly #spec: AgentContainerSpec
  #watching = new AbortController()
  #force: (end: CommandEnd) => void = () => undefined
  /** Why nothing can go on: trouble of the machine that was met beside a command. */
  #trouble: Error | null = null
  #isEnded = false

  constructor(engine: Engine, name: string, spec: AgentContainerSpec) {
    this.#engine = engine
    this.#name = name
    this.#spec = spec
  }

  async start(): Promise<void> {
    await startContainer(this.#engine, this.#name, this.#spec.signal)
    this.#isEnded = false
    void this.#watch()
  }

  /** Both outputs of a command are kept as they come. Throws FaultError where the engine fails, or the signal's reason. */
  async run(argv: readonly string[], name?: string): Promise<CommandRun> {
    this.#spec.signal.throwIfAborted()
    if (name !== undefined) this.#spec.onOutput?.(new TextEncoder().encode(`$ ${name}\n`))
    const first = await this.#try(argv)
    if (first !== null) return { ...first, isRestarted: false }
    const isRestarted = !this.#isEnded
    if (!(await this.#restart())) return notStarted
    const second = await this.#try(argv)
    return second === null ? notStarted : { ...second, isRestarted }
  }

  /** Follows links. The path is absolute. */
  readFile(path: string, maxBytes: number): Promise<AgentFile> {
    return readAgentFile(this.#engine, this.#name, path, { maxBytes, signal: this.#spec.signal })
  }

  /** Puts a file there, with the folders above it; says whether that was possible. Links are not followed. */
  writeFile(path: string, file: { readonly mode: number; readonly content: Uint8Array }): Promise<boolean> {
    return writeAgentFile(this.#engine, this.#name, path, { ...file, signal: this.#spec.signal })
  }

  /** Ends all that runs in it. */
  async stop(): Promise<void> {
    this.unwatch()
    await killContainer(this.#engine, this.#name)
    this.#isEnded = true
  }

  /**
   * Visits a folder and all below it, from outside, by paths that begin with the folder's name; to be done while nothing
   * runs. Where they exceed the bound in bytes, it is given up halfway.
   */
  async visit(
    path: string,
    maxBytes: number,
    visit: (member: TarMember) => Promise<void>,
  ): Promise<'visited' | 'absent' | 'too-large'> {
    const archive = await openArchive(this.#engine, this.#name, path, this.#spec.signal)
    if (archive === null) return 'absent'
    try {
      for await (const member of tarMembers(atMost(archive, maxBytes))) await visit(member)
      return 'visited'
    } catch (error) {
      if (error instanceof StreamTooLong) return 'too-large'
      throw error
    }
  }

  unwatch(): void {
    this.#watching.abort()
  }

  /** Null where the command could not be started. */
  async #try(argv: readonly string[]): Promise<Omit<CommandRun, 'isRestarted'> | null> {
    if (this.#trouble !== null) throw this.#trouble
    const { limits, env, signal } = this.#spec
    const exec = await openExec(this.#engine, this.#name, { argv, env, signal })
    if (exec === null) return null
    const stream = await streamOfExec(this.#engine, exec, signal)
    if (stream === null) return null
    const forced = Promise.withResolvers<CommandEnd>()
    this.#force = forced.resolve
    const timer = setTimeout(() => forced.resolve({ kind: 'timed-out', afterMs: limits.timeoutMs }), limits.timeoutMs)
    const output = new BoundedOutput(limits.outputBytes)
    const printing = keepPrinted(stream, output, this.#spec.onOutput, forced.resolve)
    printing.catch(() => undefined)
    try {
      const force = await Promise.race([printing, forced.promise])
      if (force !== null) await this.stop()
      await within(endMs, printing, 'the engine keeps the output of a dead command open')
      if (this.#trouble !== null) throw this.#trouble
      const end = force ?? endOf(await execStateOf(this.#engine, exec, signal))
      return end === null ? null : { end, output: output.text() }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Files stay. False where the container does not start again: its files are no longer such that it could. */
  async #restart(): Promise<boolean> {
    try {
      await this.stop()
      await this.start()
      return true
    } catch (error) {
      const isFull = error instanceof FaultError && error.fault.kind === 'disk-full'
      if (isFull || statusOf(error) === undefined) throw error
      return false
    }
  }

  /** All the time, since what commands leave running writes too. */
  async #watch(): Promise<void> {
    this.#watching = new AbortController()
    const signal = AbortSignal.any([this.#spec.signal, this.#watching.signal])
    try {
      const end = await watchDisk(this.#engine, this.#name, this.#spec.limits.diskBytes, signal)
      if (end.kind === 'disk-limit') this.#force(end)
      await killContainer(this.#engine, this.#name)
    } catch (error) {
      this.#trouble = error instanceof Error ? error : new Error(String(error))
      await killContainer(this.#engine, this.#name).catch(() => undefined)
    }
  }
}

const notStarted: CommandRun = { end: { kind: 'not-started' }, output: '', isRestarted: true }

async function keepPrinted(
  stream: Readable,
  output: BoundedOutput,
  onOutput: OnOutput | undefined,
  force: (end: CommandEnd) => void,
): Promise<null> {
  for await (const chunk of demultiplex(stream)) {
    output.push(chunk)
    onOutput?.(chunk)
    if (output.totalBytes > printedBytes) force({ kind: 'output-limit', limitBytes: printedBytes })
  }
  return null
}

/** A process without an id never was. */
/** A command that ended with its whole container was killed with it. */
function endOf(state: ExecState | null): CommandEnd | null {
  return state?.Pid === 0 ? null : { kind: 'exited', exitCode: state?.ExitCode ?? 137 }
}
