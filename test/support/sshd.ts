import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SshTarget } from '../../src/domain/host.ts'
import { runProcess } from '../../src/util/process.ts'
import { freePort } from './free-port.ts'
import { ProcessLog } from './process-log.ts'

export const sshdProgram = '/usr/sbin/sshd'

/** Begins a command with mounts of its own; who is not root needs to be root of a user namespace, where there are such. */
export const withOwnMounts = process.getuid?.() === 0 ? 'unshare -m' : 'unshare -rm'

export interface SshdOptions {
  /** Lines of sshd_config, which come before the usual ones: the first of a key counts. */
  readonly config?: readonly string[]
  readonly hostKeys?: readonly KeyType[]
  /** Of loopback, besides 127.0.0.1: each can stand for a machine. */
  readonly addresses?: readonly string[]
}

type KeyType = 'ed25519' | 'ecdsa' | 'rsa'

const usualKeys = ['ed25519'] as const

/** A real sshd on a free port of loopback, with host keys of its own, that lets this user in by a key of its own. */
export class TestSshd implements AsyncDisposable {
  readonly folder: string
  readonly port: number
  /** A private key that is let in. */
  readonly identity: string
  readonly knownHosts: string
  readonly #child: SshdProcess
  readonly #log: ProcessLog

  private constructor(folder: string, port: number, child: SshdProcess) {
    this.folder = folder
    this.port = port
    this.identity = join(folder, 'id')
    this.knownHosts = join(folder, 'known_hosts')
    this.#child = child
    this.#log = new ProcessLog(child.stderr)
  }

  static async start(options: SshdOptions = {}): Promise<TestSshd> {
    const folder = await mkdtemp(join(tmpdir(), 'openswe-sshd-'))
    // The package makes it when its service starts, which the tests do not need.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
    const types = options.hostKeys ?? usualKeys
    await Promise.all([
      mkdir(join(folder, 'home')),
      ...types.map((type) => makeKey(join(folder, `host_${type}`), { type })),
      makeKey(join(folder, 'id')),
    ])
    await writeFile(join(folder, 'authorized_keys'), await readFile(join(folder, 'id.pub')))
    const port = await freePort()
    const addresses = ['127.0.0.1', ...(options.addresses ?? [])]
    await writeFile(join(folder, 'sshd_config'), sshdConfig({ ...options, folder, port, addresses, hostKeys: types }))
    const sshd = new TestSshd(folder, port, spawnSshd(folder))
    for (const address of addresses) await sshd.logged(new RegExp(`Server listening on ${address} port`))
    await sshd.writeKnownHosts()
    return sshd
  }

  /** Where it is, with its key known and one of ours chosen. */
  target(changes: Partial<SshTarget> = {}): SshTarget {
    return {
      address: '127.0.0.1',
      port: this.port,
      identity: this.identity,
      hostKeys: 'strict',
      knownHosts: this.knownHosts,
      sshConfig: '/dev/null',
      connectTimeoutMs: 20_000,
      ...changes,
    }
  }

  /** The whole known_hosts, by default with every host key as ssh would write it. */
  async writeKnownHosts(text?: string): Promise<void> {
    await writeFile(this.knownHosts, text ?? (await this.hostKeyLines()).join(''))
  }

  /** A line of known_hosts for each host key, of the name that ssh gives this server. */
  async hostKeyLines(name = `[127.0.0.1]:${this.port}`): Promise<string[]> {
    const files = [...new Bun.Glob('host_*.pub').scanSync(this.folder)].sort()
    const keys = await Promise.all(files.map((file) => readFile(join(this.folder, file), 'utf8')))
    return keys.map((key) => `${name} ${key}`)
  }

  async authorize(publicKeyFile: string): Promise<void> {
    const path = join(this.folder, 'authorized_keys')
    await writeFile(path, (await readFile(path, 'utf8')) + (await readFile(publicKeyFile, 'utf8')))
  }

  get log(): string {
    return this.#log.text
  }

  /** Resolves once the log, as a whole, is as asked. */
  logged(pattern: RegExp): Promise<void> {
    return this.#log.until(pattern)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await this.#child.exited
    await rm(this.folder, { recursive: true })
  }
}

type SshdProcess = Bun.Subprocess<'ignore', 'ignore', 'pipe'>

function spawnSshd(folder: string): SshdProcess {
  return Bun.spawn([sshdProgram, '-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
}

export interface SshdConfig {
  /** With `host_<type>` for each key type, and `home`. */
  readonly folder: string
  readonly addresses: readonly string[]
  readonly port: number
  readonly hostKeys?: readonly KeyType[]
  /** Whom it lets in; `authorized_keys` of the folder by default. */
  readonly authorizedKeys?: string
  /** Comes first: the first of a key counts. */
  readonly config?: readonly string[]
  /** Words as `NAME=value` for the environment of every session. */
  readonly environment?: readonly string[]
}

/** The text of an sshd_config that needs nothing of the machine it is on. */
export function sshdConfig(options: SshdConfig): string {
  const { folder, addresses, port, config = [], hostKeys = usualKeys, environment = [] } = options
  return [
    ...config,
    `Port ${port}`,
    ...addresses.map((address) => `ListenAddress ${address}`),
    ...hostKeys.map((type) => `HostKey ${join(folder, `host_${type}`)}`),
    `AuthorizedKeysFile ${options.authorizedKeys ?? join(folder, 'authorized_keys')}`,
    // A home folder of its own: what the account's shell reads at its start is not ours to run.
    `SetEnv ${[`HOME=${join(folder, 'home')}`, ...environment].join(' ')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'LogLevel VERBOSE',
    '',
  ].join('\n')
}

export interface KeyOptions {
  readonly type?: KeyType
  readonly passphrase?: string
  readonly comment?: string
  /** The old form of a private key, as OpenSSL writes it. */
  readonly format?: 'PEM' | 'PKCS8'
}

/** A key pair, `path` and `path.pub`. */
export async function makeKey(path: string, options: KeyOptions = {}): Promise<void> {
  const { type = 'ed25519', passphrase = '', comment = 'test', format } = options
  const bits = type === 'rsa' ? ['-b', '2048'] : []
  const words = [
    '-q',
    '-t',
    type,
    ...bits,
    '-N',
    passphrase,
    '-C',
    comment,
    '-f',
    path,
    ...(format ? ['-m', format] : []),
  ]
  const { exitCode, stderr } = await runProcess(['ssh-keygen', ...words])
  if (exitCode !== 0) throw new Error(stderr)
}

/** An ssh-agent that holds these keys; `passphrase` opens the ones that want one. */
export class TestAgent implements AsyncDisposable {
  readonly socket: string
  readonly #child: Bun.Subprocess
  readonly #folder: string

  private constructor(folder: string, socket: string, child: Bun.Subprocess) {
    this.#folder = folder
    this.socket = socket
    this.#child = child
  }

  static async start(keys: readonly string[], passphrase = ''): Promise<TestAgent> {
    const folder = await mkdtemp(join(tmpdir(), 'openswe-agent-'))
    const socket = join(folder, 'agent')
    const child = Bun.spawn(['ssh-agent', '-D', '-a', socket], { stdout: 'pipe', stderr: 'ignore' })
    // It prints where it listens once it does.
    await child.stdout.getReader().read()
    const askpass = join(folder, 'askpass')
    await writeFile(askpass, `#!/bin/sh\necho '${passphrase}'\n`, { mode: 0o755 })
    for (const key of keys) {
      const env = {
        PATH: process.env.PATH ?? '',
        SSH_AUTH_SOCK: socket,
        SSH_ASKPASS: askpass,
        SSH_ASKPASS_REQUIRE: 'force',
      }
      const { exitCode, stderr } = await runProcess(['ssh-add', key], { env })
      if (exitCode !== 0) throw new Error(stderr)
    }
    return new TestAgent(folder, socket, child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await this.#child.exited
    await rm(this.#folder, { recursive: true })
  }
}
