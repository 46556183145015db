import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf } from '../util/message-of.ts'
import { KeyedLock } from '../util/semaphore.ts'
import { shellQuote } from '../util/shell-quote.ts'
import {
  fingerprint,
  judgeKey,
  type KeyJudgement,
  type KnownHostsFile,
  type KnownKey,
  knownHostsLine,
  knownHostsName,
  knownKeysOf,
} from './known-hosts.ts'
import type { SshSettings } from './ssh-config.ts'
import { type SshTrouble, trouble } from './trouble.ts'

/** By the type of a key as known_hosts writes it; SHA-1 signatures are left out, as ssh does. In the order of ssh. */
const algorithmsOf = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const

export type HostKeyAlgorithm = (typeof algorithmsOf)[keyof typeof algorithmsOf][number]

/** Lines are added to a file one at a time. */
const writing = new KeyedLock()

/** The check of one host's key against what is written down. A key is kept only after its owner proved to have it. */
export class HostKeyCheck {
  readonly #settings: SshSettings
  readonly #policy: 'strict' | 'accept-new'
  readonly #known: readonly KnownKey[]
  readonly #knownByBareName: readonly KnownKey[]
  #offered: { readonly key: Buffer; readonly judgement: KeyJudgement } | null = null

  private constructor(settings: SshSettings, policy: 'strict' | 'accept-new', files: readonly KnownHostsFile[]) {
    this.#settings = settings
    this.#policy = policy
    this.#known = knownKeysOf(files, this.#name)
    this.#knownByBareName = knownKeysOf(files, settings.hostname.toLowerCase())
  }

  static async read(settings: SshSettings, policy: 'strict' | 'accept-new'): Promise<HostKeyCheck> {
    return new HostKeyCheck(settings, policy, await Promise.all(settings.knownHostsFiles.map(readKnownHosts)))
  }

  get #name(): string {
    const { hostKeyAlias, hostname, port } = this.#settings
    return hostKeyAlias?.toLowerCase() ?? knownHostsName(hostname, port)
  }

  /** Types that are written down first: a host that has several keys shows the one that can be compared. */
  algorithms(): HostKeyAlgorithm[] {
    const known = new Set([...this.#known, ...this.#knownByBareName].map(({ type }) => type))
    const types = Object.entries(algorithmsOf).toSorted(([a], [b]) => Number(known.has(b)) - Number(known.has(a)))
    return types.flatMap(([, names]) => [...names])
  }

  /** Whether to go on with a host that shows this key. It has not proved yet that the key is its own. */
  accepts(key: Buffer): boolean {
    const judgement = this.#judge(key)
    this.#offered = { key, judgement }
    return judgement.kind === 'known' || (judgement.kind === 'unknown' && this.#policy === 'accept-new')
  }

  /** As ssh does: a key that is known by the bare name is good for any port of it. */
  #judge(key: Buffer): KeyJudgement {
    const judgement = judgeKey(this.#known, key)
    if (judgement.kind !== 'unknown' || this.#settings.hostKeyAlias !== null) return judgement
    const byBareName = judgeKey(this.#knownByBareName, key)
    return byBareName.kind === 'known' || byBareName.kind === 'revoked' ? byBareName : judgement
  }

  /** Why the key that was shown is not accepted; null where it is, or none was shown. */
  refusal(): SshTrouble | null {
    if (this.#offered === null) return null
    const { key, judgement } = this.#offered
    switch (judgement.kind) {
      case 'known':
        return null
      case 'unknown':
        return this.#policy === 'accept-new' ? null : this.#unknown(key)
      case 'changed':
        return this.#changed(key, judgement.places)
      case 'revoked': {
        const message = `${this.#name}: its key ${fingerprint(key)} is revoked (${judgement.places.join(', ')})`
        return trouble('key-revoked', message, 'somebody may be in between: ask who runs the host for its new key')
      }
    }
  }

  #unknown(key: Buffer): SshTrouble {
    const file = this.#settings.knownHostsFiles[0] ?? 'known_hosts'
    const scan = `ssh-keyscan -p ${this.#settings.port} ${shellQuote(this.#settings.hostname)} >> ${shellQuote(file)}`
    const own = "compare it with the host's own (there: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub)"
    const fix = `${own}, then write it down: ${scan}; or take what comes first: host_keys = "accept-new"`
    return trouble('key-unknown', `${this.#name}: its key ${fingerprint(key)} is not in ${file}`, fix)
  }

  #changed(key: Buffer, places: readonly string[]): SshTrouble {
    const written = this.#known.filter(({ place }) => places.includes(place)).map((known) => fingerprint(known.key))
    const message = `${this.#name}: its key is ${fingerprint(key)}, but ${places.join(', ')} says ${written.join(', ')}`
    const files = [...new Set(places.map((place) => place.replace(/:\d+$/, '')))]
    const remove = files.map((file) => `ssh-keygen -R ${shellQuote(this.#name)} -f ${shellQuote(file)}`).join('; ')
    return trouble('key-changed', message, `somebody may be in between; if the host was set up anew: ${remove}`)
  }

  /** Writes down a key that was accepted as new, once the handshake proved that it is the host's. */
  async remember(): Promise<SshTrouble | null> {
    const path = this.#settings.knownHostsFiles[0]
    if (this.#offered?.judgement.kind !== 'unknown' || path === undefined) return null
    const { key } = this.#offered
    try {
      await writing.with(path, () => this.#write(path, key))
      return null
    } catch (error) {
      const why = messageOf(error)
      const fix = 'make it writable: a key that cannot be kept would be accepted anew each time'
      return trouble('misconfigured', `the key of ${this.#name} cannot be written to ${path}: ${why}`, fix)
    }
  }

  async #write(path: string, key: Buffer): Promise<void> {
    const present = await readKnownHosts(path)
    if (judgeKey(knownKeysOf([present], this.#name), key).kind === 'known') return
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const separator = present.text === '' || present.text.endsWith('\n') ? '' : '\n'
    const line = knownHostsLine(this.#name, key, this.#settings.hashKnownHosts)
    await appendFile(path, separator + line, { mode: 0o600 })
  }
}

/** A file that is not there, or not ours to read, knows nobody, as with ssh. */
async function readKnownHosts(path: string): Promise<KnownHostsFile> {
  return { path, text: await readFile(path, 'latin1').catch(() => '') }
}
