import { dirname, join } from 'node:path'
import { FaultError } from '../domain/fault.ts'
import { type ProcessResult, runProcess } from '../util/process.ts'

/** An empty value switches an inherited setting off; what stands here wins over every configuration file. */
const settings = [
  'advice.detachedHead=false',
  'core.attributesFile=/dev/null',
  'core.autocrlf=false',
  'core.excludesFile=/dev/null',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'credential.helper=',
  'fetch.recurseSubmodules=no',
  'gc.auto=0',
  'maintenance.auto=false',
  'pack.threads=1',
  'pack.writeReverseIndex=false',
  'protocol.version=2',
  'safe.directory=*',
]

const program = Bun.which('git') ?? 'git'

/** Git sees this and no other environment: no user's configuration, no prompt, no replaced object, text in English. */
const environment = {
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_LFS_SKIP_SMUDGE: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  PATH: `${dirname(program)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  TZ: 'UTC',
}

const localTimeoutMs = 10 * 60 * 1000
const defaultOutputBytes = 512 * 1024 * 1024

export interface GitOptions {
  readonly gitDir?: string
  readonly indexFile?: string
  /** Where new objects go, in place of the repository's own, which are read beside them. */
  readonly objectsDir?: string
  readonly workTree?: string
  readonly stdin?: Uint8Array | string
  readonly signal: AbortSignal
  /** Ten minutes by default. */
  readonly timeoutMs?: number
  readonly outputLimitBytes?: number
  /** More settings, `key=value`. */
  readonly settings?: readonly string[]
  /** The colon-separated protocols that may be spoken; none by default. */
  readonly protocols?: string
  /** For proxies and certificates; never overrides what keeps git safe. */
  readonly inherited?: Readonly<Record<string, string>>
}

/** Runs git to its end and hands back how it ended; throws where it was aborted, is not installed or met a full disk. */
export async function git(args: readonly string[], options: GitOptions): Promise<ProcessResult> {
  const result = await runProcess([program, ...commandLine(args, options)], {
    cwd: '/',
    env: {
      ...options.inherited,
      ...environment,
      ...(options.inherited?.HOME === undefined ? {} : { HOME: options.inherited.HOME }),
      ...(options.protocols === undefined ? {} : { GIT_ALLOW_PROTOCOL: options.protocols }),
      ...(options.objectsDir === undefined ? {} : objectsIn(options.objectsDir, options.gitDir)),
      ...(options.indexFile === undefined ? {} : { GIT_INDEX_FILE: options.indexFile }),
    },
    signal: options.signal,
    timeoutMs: options.timeoutMs ?? localTimeoutMs,
    outputLimitBytes: options.outputLimitBytes ?? defaultOutputBytes,
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
  })
  options.signal.throwIfAborted()
  if (result.exitCode === 127) throw new FaultError('internal', 'git does not start — install git 2.35 or later')
  if (result.exitCode !== 0 && result.stderr.includes('No space left on device')) {
    throw new FaultError('disk-full', `git ${args[0]}: ${lastLine(result.stderr)} — free some disk space`)
  }
  return result
}

/** What git printed, for a command that cannot fail unless something is broken; throws then. */
export async function gitOutput(args: readonly string[], options: GitOptions): Promise<Uint8Array> {
  const result = await git(args, options)
  if (result.exitCode === 0) return result.stdout
  throw new Error(`git ${args.join(' ')} in ${options.gitDir ?? '/'}: ${explain(result)}`)
}

export async function gitText(args: readonly string[], options: GitOptions): Promise<string> {
  return new TextDecoder().decode(await gitOutput(args, options))
}

/** Why a git command failed, in one line or a few: its own words, or that it took too long. */
export function explain(result: ProcessResult): string {
  if (result.ended === 'timed-out') return 'took longer than its time limit'
  const text = result.stderr
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .trim()
    .slice(0, 2000)
  return text === '' ? `exit code ${result.exitCode}` : text
}

function commandLine(args: readonly string[], options: GitOptions): string[] {
  return [
    ...[...settings, ...(options.settings ?? [])].flatMap((setting) => ['-c', setting]),
    ...(options.gitDir === undefined ? [] : [`--git-dir=${options.gitDir}`]),
    ...(options.workTree === undefined ? [] : [`--work-tree=${options.workTree}`]),
    ...args,
  ]
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

function objectsIn(objectsDir: string, gitDir: string | undefined): Record<string, string> {
  return { GIT_OBJECT_DIRECTORY: objectsDir, GIT_ALTERNATE_OBJECT_DIRECTORIES: join(gitDir ?? '', 'objects') }
}
