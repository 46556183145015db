import type { SshTarget } from '../domain/host.ts'
import { type Clock, realClock } from '../util/clock.ts'
import { printable } from '../util/printable.ts'
import type { Semaphore } from '../util/semaphore.ts'
import { SshConnection } from './connection.ts'
import { handshake } from './handshake.ts'
import { HostKeyCheck } from './host-key.ts'
import { findIdentities } from './identities.ts'
import { type OpenedSocket, openProxyCommand, openTcp } from './open-socket.ts'
import { readSshSettings, type SshSettings } from './ssh-config.ts'
import { loadSsh2 } from './ssh2.ts'
import { type SshTrouble, trouble } from './trouble.ts'

export interface ConnectOptions {
  readonly signal: AbortSignal
  /** Held while a connection is being made: many at once would be turned away by the first sshd they share. */
  readonly starts: Semaphore
  /** Where ssh-agent is, unless ssh's configuration says otherwise. */
  readonly agentSocket?: string | undefined
  /** Between the pings by which a silent peer is found out, default 4 s. */
  readonly keepaliveMs?: number
  readonly clock?: Clock
}

export type ConnectEnd =
  /** The caller disposes of it. */
  | { readonly kind: 'connected'; readonly connection: SshConnection }
  | { readonly kind: 'failed'; readonly trouble: SshTrouble }

/** How often a server that turns connections away, most likely busy, is asked, after longer and longer waits. */
const maxTries = 6
const firstWaitMs = 500
const longestWaitMs = 8_000

const maxJumps = 8
const defaultKeepaliveMs = 4_000

/** Connects to a host as `ssh` would, and tells by kind why it could not. Rejects where the signal is aborted. */
export async function connect(target: SshTarget, options: ConnectOptions): Promise<ConnectEnd> {
  const { clock = realClock, signal, starts } = options
  for (let tries = 1; ; tries += 1) {
    const end = await starts.with(() => connectOnce(target, options, 0))
    if (end.kind === 'connected' || end.trouble.kind !== 'turned-away' || tries === maxTries) return end
    const ceilingMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1))
    await clock.sleep(clock.random() * ceilingMs, signal)
  }
}

async function connectOnce(target: SshTarget, options: ConnectOptions, depth: number): Promise<ConnectEnd> {
  const { signal, agentSocket, keepaliveMs = defaultKeepaliveMs } = options
  signal.throwIfAborted()
  const read = await readSshSettings(target, agentSocket, signal)
  if (read.kind === 'failed') return read
  const { settings } = read
  const ssh2 = await loadSsh2()
  const identities = await findIdentities(ssh2, settings, target.identity)
  if (identities.kind === 'failed') return identities
  const hostKey = await HostKeyCheck.read(settings, target.hostKeys)
  const opened = await openSocket(target, settings, options, depth)
  if (opened.kind === 'failed') return opened
  const place = `${settings.hostname}:${settings.port}`
  const { user } = settings
  const { proofs, notes } = identities
  const { socket, closeUnder } = opened
  const timeoutMs = target.connectTimeoutMs
  try {
    const shaken = await handshake({
      ssh2,
      socket,
      user,
      place,
      hostKey,
      proofs,
      notes,
      timeoutMs,
      keepaliveMs,
      signal,
    })
    if (shaken.kind === 'ready')
      return { kind: 'connected', connection: new SshConnection(place, shaken.client, socket, closeUnder) }
    await closeUnder()
    return opened.saidUnder === undefined ? shaken : throughCommand(shaken.trouble, place, opened.saidUnder())
  } catch (error) {
    await closeUnder()
    throw error
  }
}

/** A command that ends at once is no server that turns somebody away. */
function throughCommand(failed: SshTrouble, place: string, said: string): ConnectEnd {
  if (failed.kind !== 'turned-away') return { kind: 'failed', trouble: failed }
  const why = said === '' ? '' : `: ${printable(said)}`
  const fix = 'run the ProxyCommand of ~/.ssh/config by hand, and mend it'
  return { kind: 'failed', trouble: trouble('unreachable', `${place}: the ProxyCommand ended${why}`, fix) }
}

async function openSocket(
  target: SshTarget,
  settings: SshSettings,
  options: ConnectOptions,
  depth: number,
): Promise<OpenedSocket> {
  if (settings.jumps.length > 0) return await openThroughJump(target, settings, options, depth)
  if (settings.proxyCommand !== null) return openProxyCommand(settings, settings.proxyCommand, target.address)
  return await openTcp(settings, target.connectTimeoutMs, options.signal)
}

/** Connects to the jump host that is next to the host, through those before it, and has it go on from there. */
async function openThroughJump(
  target: SshTarget,
  settings: SshSettings,
  options: ConnectOptions,
  depth: number,
): Promise<OpenedSocket> {
  const jump = settings.jumps.at(-1) ?? ''
  if (depth === maxJumps) {
    const message = `more than ${maxJumps} jump hosts, or one that jumps through itself: ${jump}`
    return { kind: 'failed', trouble: trouble('misconfigured', message, 'mend ProxyJump in ~/.ssh/config, or jump') }
  }
  const end = await connectOnce(jumpTarget(jump, settings.jumps.slice(0, -1), target), options, depth + 1)
  if (end.kind === 'failed') {
    const { kind, message, fix } = end.trouble
    return { kind: 'failed', trouble: trouble(kind, `jump host ${message}`, fix) }
  }
  const { connection } = end
  const socket = await connection.forward(settings.hostname, settings.port)
  const closeUnder = () => connection[Symbol.asyncDispose]()
  if (socket !== null) return { kind: 'opened', socket, closeUnder }
  await closeUnder()
  const message = `${settings.hostname}:${settings.port}: the jump host ${connection.place} does not reach it`
  const fix = 'see from there whether it is up, and AllowTcpForwarding in the sshd_config there'
  return { kind: 'failed', trouble: trouble('unreachable', message, fix) }
}

/** `[user@]host[:port]`, reached by its own configuration; what hosts.toml says of files and checks holds for it too. */
function jumpTarget(jump: string, before: readonly string[], target: SshTarget): SshTarget {
  const [, user, bracketed, plain, port] = /^(?:(.+)@)?(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(jump) ?? []
  const { identity, hostKeys, knownHosts, sshConfig, connectTimeoutMs } = target
  return {
    address: bracketed ?? plain ?? jump,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(before.length === 0 ? {} : { jump: before.join(',') }),
    ...(identity === undefined ? {} : { identity }),
    ...(knownHosts === undefined ? {} : { knownHosts }),
    ...(sshConfig === undefined ? {} : { sshConfig }),
    hostKeys,
    connectTimeoutMs,
  }
}
