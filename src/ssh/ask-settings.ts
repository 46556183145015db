import { readFile } from 'node:fs/promises'
import type { SshTarget } from '../domain/host.ts'
import { runProcess } from '../util/process.ts'

/** What `ssh -G` answered. */
export interface SettingsAnswer {
  readonly exitCode: number
  readonly ended: 'timed-out' | 'aborted' | null
  /** A setting a line. */
  readonly text: string
  /** What it complained of. */
  readonly errors: string
  /** The files that it read. */
  readonly files: readonly string[]
}

const answerMs = 10_000

/**
 * Asks ssh how a host is reached. A fleet is asked for once in a moment, where its hosts differ in nothing but their
 * addresses, and nothing that ssh reads speaks of any of them: a process for each takes longer than to connect.
 */
export async function askSettings(target: SshTarget, signal: AbortSignal): Promise<SettingsAnswer> {
  if (!mayShare(target)) return await ask(target, signal)
  const key = JSON.stringify(settingsQuery({ ...target, address: '' }))
  const shared = await memory.get(key)?.catch(() => null)
  if (shared && performance.now() - shared.atMs < rememberedMs) {
    if (shared.answer === null) return await ask(target, signal)
    if ((await textsOf(shared.answer.files)) === shared.texts) return forAddress(shared.answer, target.address)
  }
  const asked = ask(target, signal)
  const remembered = asked.then((answer) => remember(answer, target.address))
  remembered.catch(() => memory.delete(key))
  if (memory.size >= mostRemembered) memory.clear()
  memory.set(key, remembered)
  return await asked
}

/** The question as a command. What hosts.toml says stands on its command line, which ssh lets win. */
function settingsQuery(target: SshTarget): string[] {
  const { address, port, user, identity, jump, sshConfig } = target
  return [
    'ssh',
    // By -v it names the files that it reads.
    ...['-G', '-T', '-v'],
    ...(sshConfig === undefined ? [] : ['-F', sshConfig]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    // Not by -i, which leaves a file out that is missing.
    ...(identity === undefined ? [] : ['-o', `IdentityFile="${identity}"`]),
    ...(jump === undefined ? [] : ['-o', `ProxyJump=${jump}`]),
    ...['--', address],
  ]
}

async function ask(target: SshTarget, signal: AbortSignal): Promise<SettingsAnswer> {
  const { exitCode, stdout, stderr, ended } = await runProcess(settingsQuery(target), { signal, timeoutMs: answerMs })
  signal.throwIfAborted()
  const said = stderr.split('\n')
  return {
    exitCode,
    ended,
    text: new TextDecoder().decode(stdout),
    errors: said.filter((line) => !/^(?:debug\d: |OpenSSH_)/.test(line)).join('\n'),
    files: said.flatMap((line) => /^debug1: Reading configuration data (.+?)\r?$/.exec(line)?.slice(1) ?? []),
  }
}

/** An answer that holds for other addresses too; without, where it speaks of one only. */
interface Remembered {
  readonly atMs: number
  readonly answer: SettingsAnswer | null
  /** Of the files that it was read from. */
  readonly texts: string | null
}

const memory = new Map<string, Promise<Remembered>>()
/** No longer than connecting may take: a file that is new by then would have been too late as well. */
const rememberedMs = 5_000
const mostRemembered = 64

/** Addresses that ssh takes as they are, in which nothing else depends on them but by its configuration. */
function mayShare({ address, jump, identity = '' }: SshTarget): boolean {
  const isName = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*$/.test(address)
  const isIpv4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(address)
  return (isName || isIpv4) && jump === undefined && !identity.includes('%')
}

async function remember(answer: SettingsAnswer, address: string): Promise<Remembered> {
  const texts = await textsOf(answer.files)
  const isAsTyped = answer.text.split('\n').includes(`hostname ${address}`)
  const isForAll = answer.exitCode === 0 && isAsTyped && texts !== null && !texts.split('\n').some(tellsHostsApart)
  return { atMs: performance.now(), texts, answer: isForAll ? answer : null }
}

/** Whether a line of ssh_config(5) may hold for some hosts only, or mean another thing for each. */
function tellsHostsApart(line: string): boolean {
  const [, keyword = '', value = ''] = /^\s*"?([a-z0-9]+)"?[\s=]*(.*?)\s*$/i.exec(line) ?? []
  if (/^(?:match|hostname|proxyjump|canonical.*)$/i.test(keyword)) return true
  if (/^host$/i.test(keyword)) return value !== '*'
  return value.includes('%')
}

/** One after the other; null where one cannot be read. */
async function textsOf(files: readonly string[]): Promise<string | null> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => null)))
  return files.length === 0 || texts.includes(null) ? null : texts.join('\n')
}

function forAddress(answer: SettingsAnswer, address: string): SettingsAnswer {
  return { ...answer, text: answer.text.replace(/^(host|hostname) .*$/gm, `$1 ${address}`) }
}
