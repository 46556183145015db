import { printable } from '../util/printable.ts'
import { shellJoin } from '../util/shell-quote.ts'
import type { ExecEnd, Remote } from './connection.ts'
import script from './push.sh' with { type: 'text' }
import type { SshTrouble } from './trouble.ts'

export interface PushTrouble {
  readonly kind:
    | SshTrouble['kind']
    | 'no-binary'
    | 'no-room'
    | 'no-unpacker'
    | 'no-exec'
    | 'does-not-run'
    | 'damaged'
    | 'not-kept'
    | 'timed-out'
  readonly message: string
  readonly fix: string
}

export interface PushFailed {
  readonly kind: 'failed'
  readonly trouble: PushTrouble
}

export interface Place {
  readonly workFolder: string
  readonly name: string
  readonly signal: AbortSignal
}

/** What the script said, by key. */
export interface Told {
  readonly kind: 'told'
  all(key: string): readonly string[]
  first(key: string): string | undefined
  /** What it printed as errors, fit to be shown. */
  readonly errors: string
}

interface TellOptions {
  readonly timeoutMs: number
  readonly stdin?: Uint8Array
}

const answerLimitBytes = 65_536

/** Runs the script with words that say what to do, and reads its lines. */
export async function tell(
  connection: Remote,
  { workFolder, name, signal }: Place,
  todo: readonly string[],
  options: TellOptions,
): Promise<Told | PushFailed> {
  const nonce = `openswe-${crypto.randomUUID()}`
  const command = shellJoin(['sh', '-c', script, 'sh', nonce, workFolder, name, ...todo])
  const end = await connection.exec(command, { ...options, signal, outputLimitBytes: answerLimitBytes })
  if (end.kind === 'failed') return end
  if (end.kind === 'timed-out') {
    return failed(connection, 'timed-out', 'it took too long', 'see to the link and the host')
  }
  return read(end, nonce)
}

/** Lines that do not begin with our word are noise: what a shell prints at its start. */
function read(end: Extract<ExecEnd, { kind: 'exited' }>, nonce: string): Told {
  const said = new Map<string, string[]>()
  for (const line of new TextDecoder().decode(end.stdout).split('\n')) {
    if (!line.startsWith(`${nonce} `)) continue
    const [, key = '', value = ''] = /^\S+ (\S+) ?(.*)$/.exec(line) ?? []
    said.set(key, [...(said.get(key) ?? []), printable(value)])
  }
  const all = (key: string) => said.get(key) ?? []
  return {
    kind: 'told',
    all,
    first: (key) => all(key)[0],
    errors: printable(end.stderr.trim().slice(0, 300)),
  }
}

export function failed(connection: Remote, kind: PushTrouble['kind'], what: string, fix: string): PushFailed {
  return { kind: 'failed', trouble: { kind, message: `${connection.place}: ${what}`, fix } }
}
