import { expect, test } from 'bun:test'
import { runProcess } from '../../src/util/process.ts'

const path = { PATH: '/usr/bin:/bin' }

test('a program that is ended takes what it started with it', async () => {
  const argv = ['sh', '-c', 'sleep 600 & echo started; sleep 600']
  const { ended, stdout } = await runProcess(argv, { env: path, timeoutMs: 500 })
  expect(ended).toBe('timed-out')
  expect(Buffer.from(stdout).toString()).toBe('started\n')
})

test('a program that cannot be started gives exit code 127', async () => {
  expect((await runProcess(['/nonexistent/program'], { env: path })).exitCode).toBe(127)
})

test('a program gets its input and its environment and nothing else', async () => {
  const argv = ['/bin/sh', '-c', 'cat; env | grep -c ^HOME=']
  const result = await runProcess(argv, { stdin: 'in\n', env: { ...path, A: '1' } })
  expect(Buffer.from(result.stdout).toString()).toBe('in\n0\n')
  expect(result).toMatchObject({ exitCode: 1, ended: null })
})

test('an abort ends a program and says so', async () => {
  const controller = new AbortController()
  const running = runProcess(['sleep', '60'], { env: path, signal: controller.signal })
  controller.abort()
  expect(await running).toMatchObject({ ended: 'aborted' })
})
