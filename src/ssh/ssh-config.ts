import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import type { SshTarget } from '../domain/host.ts'
import { askSettings } from './ask-settings.ts'
import { type SshTrouble, trouble } from './trouble.ts'

/** How one host is reached: what hosts.toml says, and what ssh's own configuration and defaults say beside it. */
export interface SshSettings {
  readonly hostname: string
  readonly port: number
  /** Of the addresses to use; 0: either. */
  readonly family: 0 | 4 | 6
  readonly user: string
  /** The name that the host's key is looked up by, in place of its own. */
  readonly hostKeyAlias: string | null
  /** In the order in which they are tried; the first is that of hosts.toml, where that names one. */
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  /** Null: no agent. */
  readonly agentSocket: string | null
  /** The last one is next to the host. */
  readonly jumps: readonly string[]
  readonly proxyCommand: string | null
  /** The first is where new keys are written. */
  readonly knownHostsFiles: readonly string[]
  readonly hashKnownHosts: boolean
}

export type ReadSettings =
  | { readonly kind: 'read'; readonly settings: SshSettings }
  | { readonly kind: 'failed'; readonly trouble: SshTrouble }

/**
 * Asks ssh itself, which alone knows every rule of its configuration; nothing is connected. `agentSocket` is where the
 * agent is, unless the configuration says otherwise.
 */
export async function readSshSettings(
  target: SshTarget,
  agentSocket: string | undefined,
  signal: AbortSignal,
): Promise<ReadSettings> {
  const { exitCode, ended, text, errors } = await askSettings(target, signal)
  if (exitCode === 0) return { kind: 'read', settings: parseSshSettings(text, target, agentSocket) }
  if (exitCode === 127) {
    const fix = 'install it (apt-get install openssh-client): its configuration is read by it'
    return { kind: 'failed', trouble: trouble('misconfigured', 'the program ssh is not here', fix) }
  }
  const said = ended === 'timed-out' ? 'ssh -G did not answer' : errors.trim().replaceAll(/\s*\n\s*/g, '; ')
  const fix = `mend ${target.sshConfig ?? '~/.ssh/config'}; \`ssh -G ${target.address}\` says the same`
  return { kind: 'failed', trouble: trouble('misconfigured', said, fix) }
}

/** What `ssh -G` prints, a setting a line. */
function parseSshSettings(text: string, target: SshTarget, agentSocket: string | undefined): SshSettings {
  const lines = text.split('\n').map((line) => /^(\S+) (.*)$/.exec(line))
  const all = (name: string) => lines.flatMap((line) => (line?.[1] === name ? [line[2] ?? ''] : []))
  const one = (name: string) => all(name)[0] ?? 'none'
  const orNull = (value: string) => (value === 'none' ? null : value)
  const host = one('hostname').replace(/^\[(.*)\]$/, '$1')
  const known = {
    hostname: host,
    port: Number(one('port')),
    user: one('user'),
    hostKeyAlias: orNull(one('hostkeyalias')),
  }
  const expand = (path: string) => expandPath(path, { ...known, original: target.address })
  const agent = all('identityagent')[0] ?? 'SSH_AUTH_SOCK'
  const families = { any: 0, inet: 4, inet6: 6 } as const
  const jumps = one('proxyjump')
  return {
    ...known,
    family: families[one('addressfamily') as keyof typeof families] ?? 0,
    identityFiles: all('identityfile').map(expand),
    identitiesOnly: one('identitiesonly') === 'yes',
    agentSocket: agent === 'SSH_AUTH_SOCK' ? (agentSocket ?? null) : orNull(expand(agent)),
    jumps: jumps === 'none' ? [] : jumps.split(','),
    proxyCommand: jumps === 'none' ? orNull(one('proxycommand')) : null,
    knownHostsFiles: [
      ...(target.knownHosts === undefined ? pathsOf(one('userknownhostsfile')).map(expand) : [target.knownHosts]),
      ...pathsOf(one('globalknownhostsfile')).map(expand),
    ],
    hashKnownHosts: one('hashknownhosts') === 'yes',
  }
}

/** Several paths on one line, which ssh prints without quotes: each begins with a slash or a tilde. */
function pathsOf(line: string): string[] {
  return line === 'none' ? [] : line.split(/ (?=[/~])/)
}

interface ExpansionFacts {
  readonly hostname: string
  readonly original: string
  readonly port: number
  readonly user: string
  readonly hostKeyAlias: string | null
}

/** `~/` and the percent tokens of ssh_config(5); one that is not known stays as it is. */
function expandPath(path: string, facts: ExpansionFacts): string {
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: homedir(),
    h: facts.hostname,
    i: String(process.getuid?.()),
    k: facts.hostKeyAlias ?? facts.original,
    L: hostname().split('.')[0] ?? '',
    l: hostname(),
    n: facts.original,
    p: String(facts.port),
    r: facts.user,
  }
  const absolute = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path
  return absolute.replace(/%(.)/g, (token, letter: string) => tokens[letter] ?? token)
}
