import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { ensureRegistryProgram } from './registry-program.ts'

/** A real image registry on a free port of loopback, which Docker speaks to without TLS. */
export class TestRegistry implements AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string
  readonly #folder: string
  readonly #child: Bun.Subprocess<'ignore', 'ignore', 'pipe'>

  private constructor(host: string, folder: string, child: Bun.Subprocess<'ignore', 'ignore', 'pipe'>) {
    this.host = host
    this.#folder = folder
    this.#child = child
  }

  /** Where a login is given, nobody else is served. */
  static async start(login?: { readonly user: string; readonly password: string }): Promise<TestRegistry> {
    const folder = await mkdtemp(join(tmpdir(), 'openswe-registry-'))
    const host = `127.0.0.1:${await freePort()}`
    const passwords = join(folder, 'passwords')
    if (login !== undefined) {
      const hash = await Bun.password.hash(login.password, { algorithm: 'bcrypt', cost: 4 })
      await writeFile(passwords, `${login.user}:${hash}\n`)
    }
    const config = {
      version: '0.1',
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: host },
      ...(login === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: passwords } } }),
    }
    await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
    const child = Bun.spawn([await ensureRegistryProgram(), 'serve', join(folder, 'config.yml')], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
      env: {},
    })
    const registry = new TestRegistry(host, folder, child)
    await registry.#listening()
    return registry
  }

  /** What the registry itself says of a tag or digest: the digest, or null where it has none. */
  async digestOf(path: string, reference: string, authorization?: string): Promise<string | null> {
    const response = await fetch(`http://${this.host}/v2/${path}/manifests/${reference}`, {
      method: 'HEAD',
      headers: {
        accept: 'application/vnd.docker.distribution.manifest.v2+json',
        ...(authorization === undefined ? {} : { authorization }),
      },
    })
    return response.ok ? response.headers.get('docker-content-digest') : null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await this.#child.exited
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #listening(): Promise<void> {
    let log = ''
    // Read on to the end: a pipe that nobody reads would stop it.
    const started = Promise.withResolvers<void>()
    void (async () => {
      for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
        log = (log + text).slice(-64 * 1024)
        if (log.includes('listening on')) started.resolve()
      }
      started.reject(new Error(`the registry ended: ${log}`))
    })()
    await started.promise
  }
}
