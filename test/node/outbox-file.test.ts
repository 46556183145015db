import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { closeSync, readdirSync, readlinkSync } from 'node:fs'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { OutboxFile, type OutboxFileOptions } from '../../src/node/outbox-file.ts'
import { runProcess } from '../../src/util/process.ts'
import { withOwnMounts } from '../support/sshd.ts'

let folder = ''
let count = 0
const options: OutboxFileOptions = { ballastBytes: 1024, compactBytes: 4096 }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openswe-outbox-'))
})
afterAll(() => rm(folder, { recursive: true }))

const newPath = () => join(folder, `outbox${count++}`)

/** What is there when the file is opened anew. */
async function found(path: string): Promise<readonly unknown[]> {
  const { outbox, values } = await OutboxFile.open(path, options)
  await outbox[Symbol.asyncDispose]()
  return values
}

const event = (sequence: number) => ({ sequence, text: 'x'.repeat(100) })
const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => event(from + index))

describe('an outbox', () => {
  test('has what was appended and not dropped when it is opened again, in order', async () => {
    const path = newPath()
    {
      await using outbox = (await OutboxFile.open(path, options)).outbox
      await Promise.all(events(1, 50).map((value) => outbox.append([value])))
      await outbox.append(events(51, 60))
    }
    expect(await found(path)).toEqual(events(1, 60))
  })

  test('takes only its owner in', async () => {
    const path = newPath()
    await found(path)
    for (const name of [path, `${path}.ballast`]) expect((await stat(name)).mode & 0o077).toBe(0)
  })

  test('gets smaller once most of it is dropped, and loses nothing else', async () => {
    const path = newPath()
    {
      await using outbox = (await OutboxFile.open(path, options)).outbox
      for (let sequence = 1; sequence <= 100; sequence += 1) await outbox.append([event(sequence)])
      const { size } = await stat(path)
      expect(size).toBe(outbox.keptBytes)
      outbox.drop(40)
      await outbox.append([event(101)])
      expect((await stat(path)).size).toBeGreaterThan(size)
      outbox.drop(50)
      await outbox.append([event(102)])
      await outbox.append([event(103)])
      expect((await stat(path)).size).toBe(outbox.keptBytes)
    }
    expect(await found(path)).toEqual(events(91, 103))
  })

  test('drops what is not safe yet, once it is, and no more than there is', async () => {
    await using outbox = (await OutboxFile.open(newPath(), options)).outbox
    await outbox.append([event(1)])
    const appended = events(2, 5).map((value) => outbox.append([value]))
    outbox.drop(3)
    expect(() => outbox.drop(3)).toThrow('3 values dropped of 2')
    await Promise.all(appended)
    expect(outbox.keptBytes).toBeGreaterThan(0)
    outbox.drop(2)
    expect(outbox.keptBytes).toBe(0)
    expect(() => outbox.drop(1)).toThrow('1 values dropped of 0')
  })

  test('drops part of what was written at once, and keeps its bytes until all of it is dropped', async () => {
    const path = newPath()
    {
      await using outbox = (await OutboxFile.open(path, options)).outbox
      await outbox.append(events(1, 100))
      const { keptBytes } = outbox
      outbox.drop(99)
      expect(outbox.keptBytes).toBe(keptBytes)
      expect(() => outbox.drop(2)).toThrow('2 values dropped of 1')
      outbox.drop(1)
      expect(outbox.keptBytes).toBe(0)
    }
    expect(await found(path)).toEqual([])
  })

  test('cuts off a tail that is torn, and appends behind what was whole', async () => {
    const path = newPath()
    {
      await using outbox = (await OutboxFile.open(path, options)).outbox
      await outbox.append(events(1, 2))
    }
    await appendFile(path, 'outbox1 0000')
    {
      await using outbox = (await OutboxFile.open(path, options)).outbox
      await outbox.append([event(3)])
    }
    expect(await found(path)).toEqual(events(1, 3))
  })

  test('whose middle is corrupt goes aside, and another begins', async () => {
    const path = newPath()
    {
      await using outbox = (await OutboxFile.open(path, options)).outbox
      for (const value of events(1, 3)) await outbox.append([value])
    }
    const bytes = await readFile(path)
    bytes[200] = 0
    await writeFile(path, bytes)
    const { outbox, values, setAside } = await OutboxFile.open(path, options)
    await outbox.append([event(4)])
    await outbox[Symbol.asyncDispose]()
    expect(values).toEqual([])
    expect(setAside).toStartWith(`${path}.corrupt-20`)
    expect(await readFile(setAside ?? '')).toEqual(bytes)
    expect(await found(path)).toEqual([event(4)])
  })

  test('forgets a smaller file that was not finished', async () => {
    const path = newPath()
    await writeFile(`${path}.draft`, 'half')
    expect(await found(path)).toEqual([])
    expect(await readdir(folder)).not.toContain(`${basename(path)}.draft`)
  })
})

test('what is killed at any time finds all that was appended', async () => {
  const path = newPath()
  for (let life = 1; life <= 3; life += 1) {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, 'append-forever.ts'), path], {
      stdout: 'pipe',
      stderr: 'inherit',
    })
    let said = ''
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text
      if (said.length > 2000 * life) child.kill('SIGKILL')
    }
    const safe = said.split('\n').slice(0, -1).map(Number)
    const values = await found(path)
    expect(values.slice(0, safe.length)).toEqual(safe)
    expect(values).toEqual(values.map((_, index) => index + 1))
    expect(safe.length).toBeGreaterThan(300)
  }
})

test('a disk that does not do as asked is not relied on any more', async () => {
  const path = newPath()
  const { outbox } = await OutboxFile.open(path, options)
  await outbox.append([event(1)])
  for (const fd of readdirSync('/proc/self/fd')) if (linkOf(fd) === path) closeSync(Number(fd))
  const broken = expect.objectContaining({ code: 'E_FILE_BROKEN' })
  expect(await outbox.append([event(2)]).catch((error) => error)).toEqual(broken)
  expect(await outbox.append([event(3)]).catch((error) => error)).toEqual(broken)
  await outbox[Symbol.asyncDispose]().catch(() => {})
  expect(await found(path)).toEqual([event(1)])
})

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

test('a full disk loses nothing, gives its ballast to what must be said, and recovers', async () => {
  const disk = newPath()
  const script = `mkdir ${disk} && mount -t tmpfs -o size=256k none ${disk} && exec ${process.execPath} ${join(import.meta.dir, 'fill-disk.ts')} ${disk}/outbox`
  const { stdout, stderr } = await runProcess([...withOwnMounts.split(' '), 'sh', '-c', script], {
    env: { PATH: process.env.PATH ?? '' },
  })
  expect(stderr).toBe('')
  expect(JSON.parse(Buffer.from(stdout).toString())).toEqual({
    isShortAtFirst: false,
    /** The ballast made room for some more. */
    isShortBeforeFull: true,
    refused: 'E_OUTBOX_FULL',
    isAllThere: true,
    isSmallAfterDrop: true,
    isShortAtLast: false,
    isAppendedAgain: true,
  })
})
