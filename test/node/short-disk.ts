import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Engine } from '../../src/docker/engine.ts'
import { Admission } from '../../src/node/admission.ts'
import { ImagesInUse } from '../../src/node/images-in-use.ts'
import { Janitor } from '../../src/node/janitor.ts'
import { Resources } from '../../src/node/resources.ts'

/**
 * To be run with a small disk of its own: a node whose engine writes there, which is full at first and empty at the second
 * look. Prints what the node asked of the engine and what became of who waited.
 */
const [folder = ''] = process.argv.slice(2)
const ballast = join(folder, 'ballast')
await writeFile(ballast, new Uint8Array(7.5 * 2 ** 20))

const asked: string[] = []
const info = { Driver: 'overlay2', NCPU: 2, MemTotal: 2 ** 30, DockerRootDir: folder }
const socketPath = `${folder}.sock`
const daemon = Bun.serve({
  unix: socketPath,
  fetch(request) {
    const { pathname } = new URL(request.url)
    asked.push(pathname)
    if (pathname === '/info') return Response.json(info)
    if (pathname === '/version') return Response.json({ Version: '27', ApiVersion: '1.46' })
    return Response.json([])
  },
})
const told: (string | null)[] = []
const turn = Promise.withResolvers<void>()
const opened = Promise.withResolvers<void>()
const sleeps = [turn.promise]
const admission = new Admission({
  slots: 1,
  onChange: (waitingFor) => {
    told.push(waitingFor)
    if (waitingFor === null) opened.resolve()
  },
})
const engine = Engine.connect({ socketPath, admit: admission.admit })
const { signal } = new AbortController()
{
  await using resources = await Resources.start(
    {
      engine,
      workFolder: '/',
      admission,
      janitor: new Janitor({ engine, runId: 'r', inUse: new ImagesInUse(), mayRemoveAccepted: false, nowMs: () => 0 }),
      onProblem: (problem) => told.push(problem),
      clock: {
        nowMs: () => 0,
        random: () => 0,
        sleep: (_ms, ending) => sleeps.shift() ?? new Promise((_, reject) => ending.addEventListener('abort', reject)),
      },
    },
    signal,
  )
  const waitingFor = resources.facts.waitingFor
  const began = engine.admit(signal).then(() => told.push('began'))
  while (!asked.includes('/images/json')) await new Promise(setImmediate)
  await rm(ballast)
  turn.resolve()
  await opened.promise
  await began
  console.log(JSON.stringify({ waitingFor, told, asked: [...new Set(asked)].sort() }))
}
await daemon.stop(true)
await rm(socketPath, { force: true })
