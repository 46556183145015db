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
