import type { ByteChannel } from '../../src/util/byte-channel.ts'
import { MessageChannel } from '../../src/util/message-channel.ts'

/** What an echo node says to a value. */
export interface Echo {
  readonly pid: number
  readonly value: unknown
}

/** A bridge as control has it: a child process whose stdin and stdout are the channel. */
export class EchoBridge implements AsyncDisposable {
  readonly child: Bun.Subprocess<'pipe', 'pipe', 'pipe'>
  readonly channel: MessageChannel
  readonly stderr: Promise<string>
  readonly #values: AsyncGenerator<unknown>

  constructor(argv: readonly string[]) {
    this.child = Bun.spawn([...argv], { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe', lazy: true })
    this.stderr = new Response(this.child.stderr).text()
    this.channel = new MessageChannel(byteChannelOf(this.child))
    this.#values = this.channel[Symbol.asyncIterator]()
  }

  /** What comes next; undefined once the channel ended. */
  async next(): Promise<unknown> {
    const result = await this.#values.next()
    return result.done === true ? undefined : result.value
  }

  /** The node's answer; throws what the bridge printed where none comes. */
  async ask(value: unknown): Promise<Echo> {
    this.channel.send(value, 'bulk')
    const echo = await this.next()
    if (isEcho(echo)) return echo
    throw new Error(`no echo: ${await this.stderr}`)
  }

  /** Whoever reads nothing can still wait for the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.child.exited
  }
}

function isEcho(value: unknown): value is Echo {
  return typeof value === 'object' && value !== null && 'pid' in value
}

function byteChannelOf(child: Bun.Subprocess<'pipe', 'pipe', 'pipe'>): ByteChannel {
  return {
    readable: child.stdout,
    async write(bytes) {
      try {
        child.stdin.write(bytes)
        await child.stdin.flush()
      } catch {
        // Who is gone is seen by `closed`.
      }
    },
    close: () => void child.stdin.end(),
    closed: child.exited.then((code) => `exit code ${code}`),
  }
}
