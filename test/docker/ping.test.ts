import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from '../../src/docker/engine.ts'
import { pingEngine } from '../../src/docker/ping.ts'
import { testEngine } from '../support/engine.ts'

const dir = await mkdtemp(join(tmpdir(), 'openswe-ping-test-'))
afterAll(() => rm(dir, { recursive: true }))
const { signal } = new AbortController()

test('an engine that answers, one that is silent and one that is not there are told apart', async () => {
  expect(await pingEngine(await testEngine(), 20_000, signal)).toBe('answered')
  expect(await pingEngine(Engine.connect({ socketPath: join(dir, 'none.sock') }), 20_000, signal)).toBe('gone')
  const socketPath = join(dir, 'silent.sock')
  const silent = Bun.listen({ unix: socketPath, socket: { data() {} } })
  expect(await pingEngine(Engine.connect({ socketPath }), 20, signal)).toBe('silent')
  silent.stop(true)
})

test('an engine in trouble is there, and one that ends the connection is not', async () => {
  const socketPath = join(dir, 'ending.sock')
  const said = ['HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno', '']
  const ending = Bun.listen({ unix: socketPath, socket: { data: (socket) => void socket.end(said.shift()) } })
  const engine = Engine.connect({ socketPath })
  expect(await pingEngine(engine, 20_000, signal)).toBe('answered')
  expect(await pingEngine(engine, 20_000, signal)).toBe('gone')
  ending.stop(true)
})
