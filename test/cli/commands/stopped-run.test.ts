import { afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectEngine } from '../../../src/cli/machine.ts'
import { currentAttempt } from '../../../src/store/attempts.ts'
import { latestRun } from '../../../src/store/runs.ts'
import { openStore } from '../../../src/store/store.ts'
import { ensureTestBaseImage } from '../../support/base-image.ts'
import { openswe } from '../../support/openswe.ts'
import { ProcessLog } from '../../support/process-log.ts'
import { anInstance } from '../../support/run-values.ts'

const main = join(import.meta.dir, '../../../src/main.ts')
/** Nobody is there: the first try is a fault, and the run then waits before the next. */
const words = ['run', 'rows.jsonl', '--repos', 'http://127.0.0.1:9/{repo}', '--cache', 'cache']

let cwd: string
beforeAll(async () => {
  await ensureTestBaseImage(connectEngine())
})
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'openswe-stopped-'))
  const patch = 'diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n'
  const instance = anInstance('a__a-1', { patch, test_patch: patch.replaceAll('a.py', 'tests/test_a.py') })
  writeFileSync(join(cwd, 'rows.jsonl'), `${JSON.stringify(instance)}\n`)
})
afterEach(() => rmSync(cwd, { recursive: true }))

async function stopAfterFirstFault(signal: NodeJS.Signals) {
  const child = Bun.spawn([process.execPath, main, ...words], { cwd, stdout: 'pipe', stderr: 'pipe', stdin: 'ignore' })
  let stdout = ''
  let isTold = false
  for await (const chunk of child.stdout) {
    stdout += new TextDecoder().decode(chunk)
    if (!isTold && stdout.includes('fault repository-unreachable')) {
      // Once: the table at its end comes in another chunk.
      isTold = true
      child.kill(signal)
    }
  }
  return { exitCode: await child.exited, stdout, stderr: await new Response(child.stderr).text() }
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} stops a run cleanly: what runs is given back, the table is shown, exit ${code}`, async () => {
    const { exitCode, stdout, stderr } = await stopAfterFirstFault(signal)
    expect(stderr).toContain('stopping: what runs is given back; once more leaves at once\n')
    expect(stderr).toEndWith('stopped; the same command continues it\n')
    expect(stdout).toContain('\n    1  open     queued\n')
    expect(exitCode).toBe(code)
    using store = await openStore(join(cwd, 'openswe.db'), 'read')
    expect(currentAttempt(store, 'a__a-1')?.attempt.state).toBe('queued')
    expect(latestRun(store)?.state).toBe('ended')
  })
}

test('`openswe stop` ends a run from another terminal, and what it serves until then is of that run', async () => {
  const command = [process.execPath, main, ...words, '--metrics', '0']
  const child = Bun.spawn(command, { cwd, stdout: 'pipe', stderr: 'pipe', stdin: 'ignore' })
  const [out, err] = [new ProcessLog(child.stdout), new ProcessLog(child.stderr)]
  await out.until(/fault repository-unreachable/)
  const url = /^metrics: (.*)$/m.exec(err.text)?.[1] ?? ''
  const metrics = await (await fetch(url)).text()
  expect(metrics).toContain('\nopenswe_faults_total{kind="repository-unreachable"} 1\n')
  expect(metrics).toMatch(/\nopenswe_node_memory_free_bytes\{node="[^"]+"\} [1-9]/)
  const { exitCode, stdout } = await openswe(['stop'], { cwd })
  expect(stdout).toStartWith('stopping: what runs is finished, nothing new begins (0 run, 1 wait)')
  expect(exitCode).toBe(0)
  expect(await child.exited).toBe(130)
  await err.until(/asked from elsewhere: stop\nstopped; the same command continues it\n$/)
  expect(fetch(url)).rejects.toThrow()
})

test('on a terminal without the screen one line is redrawn, and lines of outcomes stay above it', async () => {
  let screen = ''
  const child = Bun.spawn([process.execPath, main, ...words, '--tries', '1', '--plain'], {
    cwd,
    env: { ...process.env, CI: '', NO_COLOR: '', TERM: 'xterm' },
    terminal: {
      cols: 70,
      rows: 24,
      data: (_terminal, bytes) => {
        screen += new TextDecoder().decode(bytes)
      },
    },
  })
  expect(await child.exited).toBe(3)
  expect(screen).toContain('\r\u001b[K0/1 · 0 accepted · 0 rejected · ')
  expect(screen).toContain('\r\u001b[K\u001b[33mfault repository-unreachable\u001b[0m a__a-1 given up for this run: ')
  expect(screen).toContain('\u001b[33m    1  faulted  repository-unreachable\u001b[0m\r\n')
})
