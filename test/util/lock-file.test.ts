import { afterAll, expect, test } from 'bun:test'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { tryLockFile, withLockFile } from '../../src/util/lock-file.ts'

const { signal } = new AbortController()
const root = await mkdtemp(join(tmpdir(), 'openswe-test-lock-'))
afterAll(() => rm(root, { recursive: true, force: true }))
const nextPath = async () => join(await mkdtemp(join(root, 'case-')), 'thing.lock')

const module = resolve(import.meta.dir, '../../src/util/lock-file.ts')

/** Another process that takes the lock and runs `body` in it. */
function start(path: string, body: string) {
  const script = `
    import { withLockFile } from ${JSON.stringify(module)}
    import { readFileSync, writeFileSync } from 'node:fs'
    await withLockFile(${JSON.stringify(path)}, new AbortController().signal, async () => { ${body} })`
  return Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' })
}

async function holding(path: string) {
  const child = start(path, "console.log('held'); await Bun.sleep(60_000)")
  const reader = child.stdout.getReader()
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('held\n')
  return child
}

test('work of several processes never overlaps', async () => {
  const path = await nextPath()
  const counter = `${path}-counter`
  await writeFile(counter, '0')
  const body = `
    const before = Number(readFileSync(${JSON.stringify(counter)}, 'utf8'))
    await Bun.sleep(5)
    writeFileSync(${JSON.stringify(counter)}, String(before + 1))`
  const children = [1, 2, 3, 4].map(() => start(path, body))
  expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0, 0, 0])
  expect(await readFile(counter, 'utf8')).toBe('4')
})

test('the lock of a killed process is taken over', async () => {
  const path = await nextPath()
  const child = await holding(path)
  child.kill('SIGKILL')
  await child.exited
  expect(await withLockFile(path, signal, async () => 'mine')).toBe('mine')
})

test('the lock of a killed process whose parent does not ask for it is taken over', async () => {
  const path = await nextPath()
  const script = `import { withLockFile } from ${JSON.stringify(module)}
    await withLockFile(${JSON.stringify(path)}, new AbortController().signal, async () => {
      process.stdout.write(String(process.pid)); await Bun.sleep(60_000) })`
  const parent = Bun.spawn(['sh', '-c', '"$0" -e "$1" & exec sleep 60', process.execPath, script], { stdout: 'pipe' })
  const pid = Number(new TextDecoder().decode((await parent.stdout.getReader().read()).value))
  process.kill(pid, 'SIGKILL')
  expect(await withLockFile(path, signal, async () => 'mine')).toBe('mine')
  parent.kill()
  await parent.exited
})

test('the lock of a process that lives is waited for until the wait is aborted', async () => {
  const path = await nextPath()
  const child = await holding(path)
  const abort = new AbortController()
  const waiting = withLockFile(path, abort.signal, async () => 'mine')
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow()
  child.kill('SIGKILL')
  await child.exited
})

test('who does not want to wait is told who has the lock, and gets it once it is given back', async () => {
  const path = await nextPath()
  const child = await holding(path)
  const taken = await tryLockFile(path)
  expect(taken).toEqual({ kind: 'taken', holder: `process ${child.pid} on ${hostname()}`, file: `${path}.1` })
  child.kill('SIGKILL')
  await child.exited
  const held = await tryLockFile(path)
  if (held.kind !== 'held') throw new Error(held.holder)
  expect(await tryLockFile(path)).toMatchObject({ kind: 'taken', holder: `process ${process.pid} on ${hostname()}` })
  await held.lock[Symbol.asyncDispose]()
  expect(await tryLockFile(path)).toMatchObject({ kind: 'held' })
})

test.each([
  ['another process that has the same id now', { startedAtTicks: '1' }, 'mine'],
  ['a process before the machine was started again', { boot: 'earlier' }, 'mine'],
  ['a process on another host', { host: 'elsewhere' }, 'held'],
  ['a process in another container', { namespace: 'pid:[1]' }, 'held'],
])('the lock of %s', async (_, difference, expected) => {
  const path = await nextPath()
  const content = await withLockFile(path, signal, () => readFile(`${path}.1`, 'utf8'))
  await writeFile(`${path}.1`, JSON.stringify({ ...JSON.parse(content), ...difference }))
  const abort = new AbortController()
  const outcome = withLockFile(path, abort.signal, async () => 'mine').catch(() => 'held')
  if (expected === 'held') abort.abort()
  expect(await outcome).toBe(expected)
})

test('the lock is given back when the work fails, and one small file stays', async () => {
  const path = await nextPath()
  await expect(withLockFile(path, signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLockFile(path, signal, async () => 'again')).toBe('again')
  expect(await readdir(join(path, '..'))).toEqual(['thing.lock.2'])
})
