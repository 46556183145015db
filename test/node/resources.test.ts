import { afterAll, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskRoom } from '../../src/docker/disk.ts'
import { Engine } from '../../src/docker/engine.ts'
import { Admission } from '../../src/node/admission.ts'
import { ImagesInUse } from '../../src/node/images-in-use.ts'
import { Janitor } from '../../src/node/janitor.ts'
import { Resources } from '../../src/node/resources.ts'
import { runProcess } from '../../src/util/process.ts'
import { testEngine } from '../support/engine.ts'
import { withOwnMounts } from '../support/sshd.ts'

const engine = await testEngine()
const { signal } = new AbortController()
const folder = await mkdtemp(join(tmpdir(), 'openswe-test-resources-'))
afterAll(() => rm(folder, { recursive: true }))

function optionsFor(engine: Engine, waits: (string | null)[] = []) {
  return {
    engine,
    workFolder: join(folder, 'not/yet'),
    admission: new Admission({ slots: 1, onChange: (waitingFor) => waits.push(waitingFor) }),
    janitor: new Janitor({ engine, runId: 'r', inUse: new ImagesInUse(), mayRemoveAccepted: false, nowMs: () => 0 }),
    onProblem: () => undefined,
  }
}

test('a node tells what its machine has, and what it has where no engine is there', async () => {
  const options = optionsFor(engine)
  await using resources = await Resources.start(options, signal)
  const disk = await diskRoom((await engine.facts()).dataRoot)
  expect(resources.facts).toMatchObject({ engine: 'ok', diskBytes: disk?.totalBytes })
  expect(resources.facts.waitingFor).toBe(options.admission.waitingFor)

  const none = Engine.connect({ socketPath: join(folder, 'none.sock') })
  await using without = await Resources.start(optionsFor(none), signal)
  expect(without.facts).toMatchObject({ engine: 'gone', diskBytes: (await diskRoom(folder))?.totalBytes })
})

test('an engine that stays silent three times in a row closes the gate, and one that answers opens it', async () => {
  const socketPath = join(folder, 'silent.sock')
  const info = { Driver: 'overlay2', NCPU: 2, MemTotal: 2 ** 30, DockerRootDir: '/nowhere' }
  let pings = 0
  const daemon = Bun.serve({
    unix: socketPath,
    fetch(request) {
      if (!request.url.endsWith('/_ping')) return Response.json(info)
      pings += 1
      return pings >= 2 && pings <= 4 ? new Promise<Response>(() => undefined) : new Response('OK')
    },
  })
  const waits: (string | null)[] = []
  const enough = Promise.withResolvers<void>()
  const sleep = async (_ms: number, ending: AbortSignal) => {
    ending.throwIfAborted()
    if (waits.length < 2) return
    enough.resolve()
    await new Promise((_, reject) => ending.addEventListener('abort', reject))
  }
  const clock = { nowMs: () => 0, random: () => 0, sleep }
  await using resources = await Resources.start(
    { ...optionsFor(Engine.connect({ socketPath }), waits), clock, pingMs: 200 },
    signal,
  )
  await enough.promise
  expect(resources.facts.engine).toBe('ok')
  expect(waits).toEqual(['Docker, which does not answer', null])
  await daemon.stop(true)
})

test('on a full disk what begins waits and the janitor looks for what may go; with room again it begins', async () => {
  const disk = join(folder, 'disk')
  await mkdir(disk)
  const script = `mount -t tmpfs -o size=8m tmpfs ${disk} && exec "$0" "$@"`
  const child = [process.execPath, join(import.meta.dir, 'short-disk.ts'), disk]
  const argv = [...withOwnMounts.split(' '), 'sh', '-c', script, ...child]
  const { stdout, stderr } = await runProcess(argv, { env: { PATH: process.env.PATH ?? '' } })
  const said = new TextDecoder().decode(stdout)
  expect(said, stderr).not.toBe('')
  const waitingFor = 'disk: 512 KiB free of 8.0 MiB'
  expect(JSON.parse(said)).toEqual({
    waitingFor,
    told: [waitingFor, null, 'began'],
    asked: ['/_ping', '/containers/json', '/images/json', '/info', '/version'],
  })
})
