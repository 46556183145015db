import type { Duplex } from 'node:stream'
import type { AnyAuthMethod, Client } from 'ssh2'
import { printable } from '../util/printable.ts'
import type { HostKeyCheck } from './host-key.ts'
import type { Proof } from './identities.ts'
import type { Ssh2 } from './ssh2.ts'
import { type SshTrouble, trouble } from './trouble.ts'

export interface HandshakeRequest {
  readonly ssh2: Ssh2
  readonly socket: Duplex
  readonly user: string
  /** `host:port`, for messages. */
  readonly place: string
  readonly hostKey: HostKeyCheck
  readonly proofs: readonly Proof[]
  /** Keys that could not be tried, and why. */
  readonly notes: readonly string[]
  readonly timeoutMs: number
  readonly keepaliveMs: number
  readonly signal: AbortSignal
}

export type HandshakeEnd =
  | { readonly kind: 'ready'; readonly client: Client }
  | { readonly kind: 'failed'; readonly trouble: SshTrouble }

/** A peer that leaves this many pings unanswered is gone when the next one would be due. */
const keepalivesMissed = 2

/** As much as a server may say before it must have said what it is. */
const maxHeadBytes = 4096

/** How far it came, which says what a failure means. */
interface Progress {
  stage: 'identifying' | 'agreeing' | 'authenticating'
  head: string
  cause: (Error & { readonly level?: string; readonly code?: unknown }) | null
}

/** Agrees on keys with whoever is at the other end of the socket, checks that it is the host, and proves who we are. */
export async function handshake(request: HandshakeRequest): Promise<HandshakeEnd> {
  const { ssh2, socket, hostKey, signal } = request
  const client = new ssh2.Client()
  const progress: Progress = { stage: 'identifying', head: '', cause: null }
  const { promise: isReady, resolve } = Promise.withResolvers<boolean>()
  client.on('ready', () => resolve(true))
  client.on('handshake', () => {
    progress.stage = 'authenticating'
  })
  // It stays for the life of the client, since an error that nobody listens to would end the process.
  client.on('error', (error) => {
    // An agent that does not sign is one proof fewer, and not the end.
    if ('level' in error && error.level === 'agent') return
    progress.cause ??= error
    resolve(false)
  })
  client.on('close', () => resolve(false))
  const onAbort = () => resolve(false)
  signal.addEventListener('abort', onAbort)
  client.connect({
    sock: socket,
    username: request.user,
    ident: 'openswe',
    readyTimeout: request.timeoutMs,
    keepaliveInterval: request.keepaliveMs,
    keepaliveCountMax: keepalivesMissed,
    algorithms: { serverHostKey: hostKey.algorithms() },
    hostVerifier: (key: Buffer) => hostKey.accepts(key),
    authHandler: proofsInTurn(request),
  })
  const onData = (chunk: Uint8Array) => {
    if (progress.head.length < maxHeadBytes) progress.head += Buffer.from(chunk).toString('latin1')
    if (progress.stage === 'identifying' && /(?:^|\n)SSH-/.test(progress.head)) progress.stage = 'agreeing'
  }
  socket.on('data', onData)
  const ready = await isReady
  socket.off('data', onData)
  signal.removeEventListener('abort', onAbort)
  const failed = ready ? await hostKey.remember() : troubleOf(request, progress)
  if (failed === null && !signal.aborted) return { kind: 'ready', client }
  client.destroy()
  signal.throwIfAborted()
  return { kind: 'failed', trouble: failed ?? troubleOf(request, progress) }
}

function proofsInTurn({ proofs, user: username }: HandshakeRequest): AnyAuthMethod[] {
  return proofs.map((proof) =>
    proof.kind === 'agent'
      ? { type: 'agent', username, agent: proof.agent.only(proof.keys) }
      : { type: 'publickey', username, key: proof.content },
  )
}

function troubleOf(request: HandshakeRequest, { stage, head, cause }: Progress): SshTrouble {
  const { place, timeoutMs } = request
  const refused = request.hostKey.refusal()
  if (refused !== null) return refused
  if (cause?.level === 'client-timeout') {
    const what = stage === 'identifying' ? 'accepts connections, and says nothing' : 'did not finish the handshake'
    const fix = 'see whether sshd or its host hangs (load, memory, DNS of sshd), or the way there loses packets'
    return trouble('unreachable', `${place}: ${what} within ${timeoutMs / 1000} s`, fix)
  }
  const why = cause === null ? 'it closed the connection' : cause.message
  switch (stage) {
    case 'identifying':
      return turnedAway(place, head)
    case 'agreeing':
      if (cause?.level === 'handshake') {
        const fix = 'allow a modern algorithm in its sshd_config, such as Ciphers aes128-gcm@openssh.com'
        return trouble('incompatible', `${place}: ${why}`, fix)
      }
      return trouble('unreachable', `${place}: ${why} during the handshake`, 'see the log of its sshd')
    case 'authenticating':
      return rejected(request, why)
  }
}

function turnedAway(place: string, head: string): SshTrouble {
  const said =
    head.trim() === '' ? 'without a word' : `and said ${JSON.stringify(printable(head.trim().slice(0, 200)))}`
  const fix = 'if sshd is there: raise its MaxStartups, lift a ban of this address (PerSourcePenalties, fail2ban)'
  return trouble('turned-away', `${place}: closed the connection before the handshake, ${said}`, fix)
}

function rejected({ place, user, proofs, notes }: HandshakeRequest, why: string): SshTrouble {
  const tried = proofs.flatMap((proof) => (proof.kind === 'file' ? [proof.path] : proof.keys.map(nameOfKey)))
  const list = tried.length === 0 ? 'there was no key to offer' : `offered: ${tried.join(', ')}`
  const message = [`${place}: ${user} is not let in (${why}); ${list}`, ...notes].join('; ')
  const fix = `add the public key to ~${user}/.ssh/authorized_keys there, or name another by identity or user`
  return trouble('auth-failed', message, fix)
}

function nameOfKey({ comment, type }: { readonly comment: string; readonly type: string }): string {
  return `${printable(comment) || type} of ssh-agent`
}
