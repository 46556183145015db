import { afterAll } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from '../../src/docker/engine.ts'

let connected: Promise<Engine> | undefined
let endEngine: (() => Promise<void>) | undefined

/** The engine of a test file: OPENSWE_TEST_DOCKER_HOST, else the machine's, else one that is started, and ended after it. */
export function testEngine(): Promise<Engine> {
  connected ??= connect()
  return connected
}

async function connect(): Promise<Engine> {
  const host = process.env.OPENSWE_TEST_DOCKER_HOST
  if (host !== undefined) return Engine.connect({ socketPath: host.replace(/^unix:\/\//, '') })
  const machine = Engine.connect()
  return (await answers(machine)) ? machine : startEngine()
}

/** In a network of its own: an engine without a bridge removes the `docker0` that it finds, whoever made it. */
async function startEngine(): Promise<Engine> {
  const dir = await mkdtemp(join(tmpdir(), 'openswe-engine-'))
  const socketPath = join(dir, 'docker.sock')
  const daemon = Bun.spawn(
    [
      // --bridge=none deletes docker0, so that of the machine must be out of sight.
      'unshare',
      '--net',
      'dockerd',
      `--host=unix://${socketPath}`,
      `--data-root=${dir}/data`,
      `--exec-root=${dir}/exec`,
      `--pidfile=${dir}/pid`,
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
    ],
    { stdio: ['ignore', 'ignore', Bun.file(join(dir, 'log'))] },
  )
  endEngine = async () => {
    daemon.kill()
    await daemon.exited
    await rm(dir, { recursive: true, force: true })
  }
  const engine = Engine.connect({ socketPath })
  while (!existsSync(socketPath) || !(await answers(engine))) {
    if (daemon.exitCode !== null) throw new Error(`dockerd ended: ${await Bun.file(join(dir, 'log')).text()}`)
    await Bun.sleep(50)
  }
  return engine
}

afterAll(async () => {
  await endEngine?.()
  endEngine = undefined
  connected = undefined
})

async function answers(engine: Engine): Promise<boolean> {
  return engine.facts().then(
    () => true,
    () => false,
  )
}
