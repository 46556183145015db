import type { SshConnection, StreamedExecOptions } from '../../ssh/connection.ts'
import { printable } from '../../util/printable.ts'
import { shellJoin } from '../../util/shell-quote.ts'
import { type ImagesLine, parseImagesLine } from './lines.ts'

/** An openswe on a host, and the engine that it is to speak to. */
export interface RemoteOpenswe {
  readonly connection: SshConnection
  readonly path: string
  readonly dockerSocket: string
  readonly signal: AbortSignal
}

export interface ImagesOrder {
  /** After `openswe images`. */
  readonly words: readonly string[]
  readonly timeoutMs: number
  readonly stdin?: StreamedExecOptions['stdin']
  /** The name of an option whose value is a file: what comes on standard input, for as long as the command runs. */
  readonly fileOption?: string
  readonly onLine?: (line: ImagesLine) => void
}

/** What it printed, and what it ended with: null where it ended in no way of its own. */
export interface ImagesAnswer {
  readonly lines: readonly ImagesLine[]
  readonly exitCode: number | null
  /** In one line, for a person. */
  readonly why: string
}

const outputLimitBytes = 16 * 1024
const lineLimitCharacters = 256 * 1024

/** Has a host's openswe do something with the base images there. */
export async function askImages(on: RemoteOpenswe, order: ImagesOrder): Promise<ImagesAnswer> {
  const { connection, path, dockerSocket, signal } = on
  const { words, timeoutMs, stdin, fileOption, onLine } = order
  const lines: ImagesLine[] = []
  const cut = new LineCutter((text) => {
    const line = parseImagesLine(text)
    if (line === null) return
    lines.push(line)
    onLine?.(line)
  })
  const argv = ['env', `DOCKER_HOST=unix://${dockerSocket}`, path, 'images', ...words, '--json']
  const end = await connection.exec(shellJoin(fileOption === undefined ? argv : withFile(argv, fileOption)), {
    signal,
    timeoutMs,
    outputLimitBytes,
    onOutput: (chunk) => cut.push(chunk),
    ...(stdin === undefined ? {} : { stdin }),
  })
  if (end.kind === 'failed') return { lines, exitCode: null, why: end.trouble.message }
  const said = printable(end.stderr.trim().slice(-shownCharacters))
  if (end.kind === 'timed-out')
    return { lines, exitCode: null, why: `it took longer than ${timeoutMs / 60_000} minutes` }
  return { lines, exitCode: end.exitCode, why: said === '' ? `it ended with exit code ${end.exitCode}` : said }
}

const shownCharacters = 600

/** The command, with an option more: a file of the host that holds what comes on standard input, and is gone afterwards. */
function withFile(argv: readonly string[], option: string): readonly string[] {
  const script = `file=$(mktemp) && trap 'rm -f "$file"' EXIT && cat >"$file" && "$@" ${option} "$file" </dev/null`
  return ['sh', '-c', script, 'sh', ...argv]
}

/** Cuts what comes in pieces into lines; of one that is too long only the end is kept, which is none of ours. */
class LineCutter {
  readonly #take: (line: string) => void
  readonly #decoder = new TextDecoder()
  #rest = ''

  constructor(take: (line: string) => void) {
    this.#take = take
  }

  push(chunk: Uint8Array): void {
    const [first = '', ...more] = this.#decoder.decode(chunk, { stream: true }).split('\n')
    const parts = [this.#rest + first, ...more]
    this.#rest = (parts.pop() ?? '').slice(-lineLimitCharacters)
    for (const line of parts) this.#take(line)
  }
}
