import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine, statusOf } from '../../src/docker/engine.ts'
import { FaultError } from '../../src/domain/fault.ts'
import { testEngine } from '../support/engine.ts'

const dir = await mkdtemp(join(tmpdir(), 'openswe-engine-test-'))
afterAll(() => rm(dir, { recursive: true }))

const ping = { method: 'GET', path: '/_ping', doing: 'answer' } as const

async function faultOf(work: Promise<unknown>): Promise<FaultError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof FaultError) return error
  throw new Error('no fault', { cause: error })
}

test('an engine describes itself and its machine', async () => {
  const facts = await (await testEngine()).facts()
  expect(facts.version).not.toBe('')
  expect(facts.cpus).toBeGreaterThan(0)
  expect(facts.memoryBytes).toBeGreaterThan(2 ** 28)
  expect([1, 2]).toContain(facts.cgroupVersion)
})

test('where nobody listens the engine is unreachable, and the fault names the socket', async () => {
  const { fault } = await faultOf(Engine.connect({ socketPath: join(dir, 'none.sock') }).facts())
  expect(fault.kind).toBe('engine-unreachable')
  expect(fault.message).toContain(join(dir, 'none.sock'))
})

test('an engine that accepts and stays silent is unreachable when its time is up', async () => {
  const unix = join(dir, 'silent.sock')
  const silent = Bun.listen({ unix, socket: { data() {} } })
  const { fault } = await faultOf(Engine.connect({ socketPath: unix }).call({ ...ping, timeoutMs: 20 }))
  expect(fault.kind).toBe('engine-unreachable')
  expect(fault.message).toContain('0.02 s')
  silent.stop(true)
})

test('DOCKER_HOST does not lead elsewhere than the socket that is named', async () => {
  const { socketPath } = await testEngine()
  const before = process.env.DOCKER_HOST
  process.env.DOCKER_HOST = 'tcp://127.0.0.1:1'
  try {
    expect(await Engine.connect({ socketPath }).call<Buffer>(ping)).toBeDefined()
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST
    else process.env.DOCKER_HOST = before
  }
})

test("an aborted signal's reason is what is thrown, before a call and during it", async () => {
  const unix = join(dir, 'waiting.sock')
  const reason = new Error('enough')
  const controller = new AbortController()
  const silent = Bun.listen({ unix, socket: { data: () => controller.abort(reason) } })
  const call = () => Engine.connect({ socketPath: unix }).call({ ...ping, signal: controller.signal })
  expect(await call().catch((error: unknown) => error)).toBe(reason)
  expect(await call().catch((error: unknown) => error)).toBe(reason)
  silent.stop(true)
})

test('what the engine refuses is a fault that keeps the status, and what it does not find is null', async () => {
  const engine = await testEngine()
  const missing = { method: 'GET', path: '/containers/openswe-none/json', doing: 'inspect it' } as const
  expect(await engine.find(missing)).toBeNull()
  const error = await faultOf(engine.call(missing))
  expect(error.fault.kind).toBe('engine-failed')
  expect(error.fault.message).toContain('could not inspect it')
  expect(statusOf(error)).toBe(404)
})

test('a connection that ends in the middle of an answer is a fault, for who reads it as for who waits for it', async () => {
  const unix = join(dir, 'cut.sock')
  const answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'
  const cut = Bun.listen({
    unix,
    socket: {
      data(socket) {
        socket.write(answer)
        socket.end()
      },
    },
  })
  const engine = Engine.connect({ socketPath: unix })
  const stream = await engine.stream(ping)
  expect((await faultOf(Array.fromAsync(stream))).fault.kind).toBe('engine-unreachable')
  expect((await faultOf(engine.call({ ...ping, timeoutMs: 5000 }))).fault.kind).toBe('engine-unreachable')
  cut.stop(true)
})
