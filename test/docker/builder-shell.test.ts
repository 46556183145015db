import { afterAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type ShellOptions, StepShell } from '../../src/docker/builder-shell.ts'
import { findImage } from '../../src/docker/images.ts'
import { sweep } from '../../src/docker/prune.ts'
import { FaultError } from '../../src/domain/fault.ts'
import { containersOf, imagesOf, testLimits } from '../support/containers.ts'
import { testEngine } from '../support/engine.ts'
import { testImage } from '../support/image.ts'
import { shellOptions } from './builder-shell-options.ts'

const engine = await testEngine()
const image = await testImage(engine)
const runId = `test-${crypto.randomUUID()}`

function open(changes: Partial<ShellOptions> = {}, limits: Partial<ShellOptions['limits']> = {}): Promise<StepShell> {
  return StepShell.open(engine, { ...shellOptions(image, runId), limits: { ...testLimits, ...limits }, ...changes })
}

async function outputOf(shell: StepShell, command: string): Promise<string> {
  return (await shell.run(command)).output
}

afterAll(async () => {
  expect(await containersOf(engine, runId)).toEqual([])
  expect(await imagesOf(engine, runId)).toEqual([])
  expect(await findImage(engine, image)).not.toBeNull()
})

test('what a good command leaves the next one finds; of a failed one there is nothing but what it printed', async () => {
  await using shell = await open()
  expect((await shell.run('echo a >/file; echo one; echo two >&2; echo three')).output).toBe('one\ntwo\nthree\n')
  const failed = await shell.run('echo b >>/file; rm /etc/passwd; echo sorry; false')
  expect(failed).toMatchObject({ end: { kind: 'exited', exitCode: 1 }, output: 'sorry\n' })
  expect(await outputOf(shell, 'cat /file /etc/passwd')).toBe('a\nroot:x:0:0::/:/bin/sh\n')
})

test('who looks on is told each command, and what it prints', async () => {
  let heard = ''
  const onOutput = (chunk: Uint8Array) => {
    heard += new TextDecoder().decode(chunk)
  }
  await using shell = await open({ onOutput })
  await shell.run('echo one')
  await shell.run('echo sorry; false')
  expect(heard).toBe('$ echo one\none\n$ echo sorry; false\nsorry\n')
})

test('only files are handed on, and every command begins anew: a login shell in the same folder', async () => {
  await using shell = await open()
  await shell.run('export WORD=said; cd /bin; echo "export LEFT=$PWD" >/.profile')
  expect(await outputOf(shell, 'echo "$WORD" $PWD $LEFT $HOSTNAME')).toBe(' /etc /bin openswe\n')
})

test('a command is taken as it is written: quotes, lines, heredocs, leading dashes, other alphabets', async () => {
  await using shell = await open()
  const lines = ['it\'s "so" \\n `x` $(y) $z', '', '\t#! %s ünï ☃']
  expect(await outputOf(shell, `cat <<'END'\n${lines.join('\n')}\nEND\n`)).toBe(`${lines.join('\n')}\n`)
  expect((await shell.run('--version')).end).toEqual({ kind: 'exited', exitCode: 127 })
})

test('a pipe fails where a part of it does, so that no failure is kept as a success', async () => {
  await using shell = await open()
  const failed = await shell.run('{ echo x >/file; echo told; false; } 2>&1 | tail -1')
  expect(failed).toMatchObject({ end: { kind: 'exited', exitCode: 1 }, output: 'told\n' })
  expect((await shell.run('! cat /file | cat')).end).toEqual({ kind: 'exited', exitCode: 0 })
})

test('who writes more than head shows does not fail by it, and head is otherwise itself', async () => {
  await using shell = await open()
  const many = 'for i in $(seq 30000); do echo line $i; done | head -n 1 && echo on'
  const files = 'echo a >/a; echo b >/b; printf "/a\\n/b\\n" | while read -r path; do head -n 1 "$path"; done'
  expect(
    await outputOf(shell, `${many}; ${files}; head -n 1 /none 2>&- || echo none; yes | head -n 1 || echo $?`),
  ).toBe('line 1\non\na\nb\nnone\ny\n141\n')
})

test('a command that no program can be given is refused, and nothing is run', async () => {
  await using shell = await open()
  expect((await shell.run('echo \0')).end).toMatchObject({ kind: 'refused', problem: expect.stringContaining('NUL') })
  expect((await shell.run(`: ${'ü'.repeat(40_000)}`)).end).toMatchObject({ kind: 'refused' })
  expect((await shell.run(`: ${'x'.repeat(60_000)}`)).end).toEqual({ kind: 'exited', exitCode: 0 })
})

test('undo goes back over good commands, and to the beginning at most', async () => {
  await using shell = await open()
  for (const word of ['a', 'b', 'c']) await shell.run(`echo ${word} >>/file`)
  await shell.run('false')
  await shell.undo(2)
  expect(await outputOf(shell, 'cat /file')).toBe('a\n')
  await shell.undo(99)
  expect(await outputOf(shell, 'ls /file 2>/dev/null; echo none')).toBe('none\n')
  expect(await imagesOf(engine, runId)).toHaveLength(1)
})

test('commands given at once run one after another', async () => {
  await using shell = await open()
  const runs = await Promise.all(['sleep 0.1; echo a >/file', 'cat /file; echo b >/file'].map((c) => shell.run(c)))
  await shell.undo(1)
  expect([...runs.map(({ output }) => output), await outputOf(shell, 'cat /file')]).toEqual(['', 'a\n', 'a\n'])
})

test('time, memory and output end a command, and nothing of it is kept', async () => {
  await using hurried = await open({}, { timeoutMs: 1000 })
  const late = await hurried.run('echo begun; setsid sleep 1000 & sleep 1000')
  expect(late).toMatchObject({ end: { kind: 'timed-out', afterMs: 1000 }, output: 'begun\n' })
  await using shell = await open({}, { outputBytes: 1000 })
  expect((await shell.run('tail /dev/zero; true')).end).toMatchObject({ kind: 'out-of-memory' })
  const loud = await shell.run('echo first >/file; cat /file; yes')
  expect(loud.end).toMatchObject({ kind: 'output-limit' })
  expect(loud.output.length).toBeLessThan(1100)
  expect(loud.output).toStartWith('first\ny\n')
  expect((await shell.run('ls /file')).end).toEqual({ kind: 'exited', exitCode: 2 })
})

test('what all commands wrote together is bounded, also where each took no time', async () => {
  await using shell = await open({}, { diskBytes: 2_000_000 })
  const write = (path: string) => shell.run(`head -c 1200000 /dev/zero >${path}`)
  expect((await write('/a')).end).toEqual({ kind: 'exited', exitCode: 0 })
  expect((await write('/b')).end).toEqual({ kind: 'disk-limit', limitBytes: 2_000_000 })
  expect(await outputOf(shell, 'ls /a /b 2>/dev/null; true')).toBe('/a\n')
})

test('a fork bomb ends with its container', async () => {
  await using shell = await open({}, { timeoutMs: 1000, pids: 30 })
  expect((await shell.run('bomb() { bomb | bomb & }; bomb; sleep 1000')).end).toMatchObject({ kind: 'timed-out' })
  expect(await containersOf(engine, runId)).toEqual([])
  expect(await outputOf(shell, 'echo alive')).toBe('alive\n')
})

test('inside there are the rights of a package manager and no more, and no memory file system of grading', async () => {
  await using shell = await open({}, { tmpfsBytes: 1_000_000 })
  const output = await outputOf(shell, 'cat /proc/self/status /proc/self/mountinfo; env')
  expect(output).toMatch(/CapEff:\s+00000000000000fb/)
  expect(output).toMatch(/CapBnd:\s+00000000000000fb/)
  expect(output).toMatch(/NoNewPrivs:\s+1/)
  expect(output).toMatch(/Seccomp:\s+2/)
  expect(output).not.toContain('/openswe-tmp')
  expect(output.match(/^[A-Z]\w*(?==)/gm)?.sort()).toEqual(['HOME', 'HOSTNAME', 'PATH', 'PWD', 'SHLVL'])
})

test('an aborted command is ended and throws the reason; what was kept before goes with the shell', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  await using shell = await open({ signal: controller.signal })
  await shell.run('true')
  const running = shell.run('sleep 1000').catch((error: unknown) => error)
  while ((await containersOf(engine, runId)).length === 0) await Bun.sleep(20)
  controller.abort(reason)
  expect(await running).toBe(reason)
  expect(await containersOf(engine, runId)).toEqual([])
})

test('closing ends what runs and removes what was made; nothing is run after it', async () => {
  const shell = await open()
  await shell.run('true')
  const running = shell.run('sleep 1000').catch((error: Error) => error.message)
  while ((await containersOf(engine, runId)).length === 0) await Bun.sleep(20)
  await shell.close()
  expect(await running).toBe('the shell is closed')
  expect(await containersOf(engine, runId)).toEqual([])
  expect(await imagesOf(engine, runId)).toEqual([])
  expect(await shell.run('true').catch((error: Error) => error.message)).toBe('the shell is closed')
  await shell.close()
})

test('what a killed process left of its shell is swept', async () => {
  const killedRun = `test-${crypto.randomUUID()}`
  const script = join(import.meta.dir, 'killed-shell.ts')
  const child = Bun.spawn([process.execPath, script, engine.socketPath, image, killedRun])
  expect(new TextDecoder().decode((await child.stdout.getReader().read()).value)).toBe('three are kept\n')
  while ((await containersOf(engine, killedRun, 'running')).length === 0) await Bun.sleep(20)
  child.kill('SIGKILL')
  await child.exited
  expect(await sweep(engine, { runId: killedRun })).toEqual({ containers: 1, images: 3, problems: [] })
  expect(await imagesOf(engine, killedRun)).toEqual([])
})

test('a shell in an image that is not here, or that went away, is a fault', async () => {
  expect(await open({ image: 'openswe-no-such:1' }).catch((error: unknown) => error)).toBeInstanceOf(FaultError)
  await using shell = await open()
  await shell.run('true')
  await sweep(engine, { runId })
  expect(await shell.run('true').catch((error: unknown) => error)).toBeInstanceOf(FaultError)
})
