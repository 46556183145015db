import type { Host } from '../../domain/host.ts'
import { connect } from '../../ssh/connect.ts'
import type { SshConnection } from '../../ssh/connection.ts'
import type { SshTrouble } from '../../ssh/trouble.ts'
import { orderedMap } from '../../util/ordered-map.ts'
import { printable } from '../../util/printable.ts'
import { Semaphore } from '../../util/semaphore.ts'
import type { Check } from '../doctor.ts'
import type { HostFacts } from './facts.ts'
import { judgeHost } from './judge.ts'
import { hostProbe, parseProbe } from './probe.ts'

/** What was found out about one host. */
export interface HostReport {
  readonly host: Host
  /** The worst of its checks. */
  readonly state: Check['state']
  readonly checks: readonly Check[]
  /** Null where it was not reached. */
  readonly facts: HostFacts | null
}

export interface CheckHostsOptions {
  /** Connections that may be in the making at a time. */
  readonly starts: number
  readonly agentSocket: string | undefined
  readonly signal: AbortSignal
}

const answerMs = 60_000
const answerLimitBytes = 256 * 1024

/** Looks at all hosts side by side, and yields what it found in their order. One that fails stops no other. */
export function checkHosts(hosts: readonly Host[], options: CheckHostsOptions): AsyncGenerator<HostReport> {
  const starts = new Semaphore(options.starts)
  return orderedMap(hosts, Math.max(1, hosts.length), (host) => checkHost(host, starts, options))
}

async function checkHost(host: Host, starts: Semaphore, options: CheckHostsOptions): Promise<HostReport> {
  const { signal, agentSocket } = options
  try {
    const end = await connect(host, { signal, starts, agentSocket })
    if (end.kind === 'failed') return unreached(host, end.trouble)
    await using connection = end.connection
    return await examine(host, connection, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(`${host.name} could not be checked`, { cause: error })
  }
}

async function examine(host: Host, connection: SshConnection, signal: AbortSignal): Promise<HostReport> {
  const probe = hostProbe(host.dockerSocket, host.workFolder)
  const startedAtMs = Date.now()
  const end = await connection.exec(probe.command, {
    signal,
    timeoutMs: answerMs,
    stdin: probe.stdin,
    outputLimitBytes: answerLimitBytes,
  })
  if (end.kind === 'failed') return unreached(host, end.trouble)
  const answer = parseProbe(end.stdout, probe.nonce, { startedAtMs, endedAtMs: Date.now() })
  if (answer.kind === 'noise') return unreached(host, noShell(connection.place, answer.text, end.stderr))
  const checks: Check[] = [{ name: 'ssh', state: 'ok', found: `${answer.facts.user ?? 'in'} at ${connection.place}` }]
  if (!answer.isWhole) {
    const found = `it did not finish its answer within ${answerMs / 1000} s`
    checks.push({ name: 'answer', state: 'missing', found, fix: 'see what hangs there: a mount (df), or Docker' })
  }
  checks.push(...judgeHost(host, answer.facts))
  return report(host, checks, answer.facts)
}

function noShell(place: string, stdout: string, stderr: string): SshTrouble {
  const said = stdout === '' ? printable(stderr.trim().slice(0, 200)) : stdout
  const message = `${place}: the account runs no commands; it said ${JSON.stringify(said)}`
  return { kind: 'no-shell', message, fix: 'give it a shell (chsh -s /bin/sh), and take ForceCommand away' }
}

function unreached(host: Host, { kind, message, fix }: SshTrouble): HostReport {
  return report(host, [{ name: `ssh ${kind}`, state: 'missing', found: message, fix }], null)
}

function report(host: Host, checks: readonly Check[], facts: HostFacts | null): HostReport {
  const states = new Set(checks.map(({ state }) => state))
  const state = states.has('missing') ? 'missing' : states.has('warning') ? 'warning' : 'ok'
  return { host, state, checks, facts }
}
