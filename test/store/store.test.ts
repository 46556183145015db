import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src/store/store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openswe store '))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function codeOf(path: string, mode: 'read' | 'write' = 'write'): Promise<string> {
  try {
    ;(await openStore(path, mode))[Symbol.dispose]()
    return 'opened'
  } catch (error) {
    return String(error).replace(/^StoreError: /, '')
  }
}

test('a database is made, in WAL with full sync, and opened again', async () => {
  const path = join(folder, 'ä b.db')
  {
    using store = await openStore(path, 'write')
    expect(store.get<{ journal_mode: string }>('pragma journal_mode')).toEqual({ journal_mode: 'wal' })
    expect(store.get<{ synchronous: number }>('pragma synchronous')).toEqual({ synchronous: 2 })
    expect(store.get<{ application_id: number }>('pragma application_id')?.application_id).toBe(0x6f737765)
  }
  expect(await codeOf(path)).toBe('opened')
  expect(existsSync(`${path}.new`)).toBe(false)
})

test('a reader sees what is committed while the writer holds the database', async () => {
  const path = join(folder, 'a.db')
  using writer = await openStore(path, 'write')
  writer.transaction(() => writer.run("insert into streams values ('n', 'b', 7)"))
  using reader = await openStore(path, 'read')
  expect(reader.all('select * from streams')).toEqual([{ node: 'n', boot: 'b', sequence: 7 }])
  expect(() => reader.run('delete from streams')).toThrow('readonly')
})

test('a second writer is refused and told who holds the database, until it is closed', async () => {
  const path = join(folder, 'a.db')
  const child = Bun.spawn(['bun', join(import.meta.dir, 'hold-store.ts'), path], { stdout: 'pipe', stdin: 'pipe' })
  await child.stdout.getReader().read()
  expect(await codeOf(path)).toStartWith(`E_DB_LOCKED: ${path} is being written by pid ${child.pid} on host `)
  child.kill('SIGKILL')
  await child.exited
  expect(await codeOf(path)).toBe('opened')
})

test('a transaction that throws leaves nothing', async () => {
  using store = await openStore(join(folder, 'a.db'), 'write')
  expect(() =>
    store.transaction(() => {
      store.run("insert into streams values ('n', 'b', 7)")
      throw new Error('stop')
    }),
  ).toThrow('stop')
  expect(store.all('select * from streams')).toEqual([])
})

test('a file that is not ours is refused by what it is, and stays as it was', async () => {
  const path = join(folder, 'a.db')
  writeFileSync(path, '')
  expect(await codeOf(path)).toStartWith(`E_DB_KIND: ${path} is empty (0 bytes)`)
  writeFileSync(path, 'instance_id,repo\n'.repeat(20))
  expect(await codeOf(path)).toStartWith(`E_DB_KIND: ${path} is not a SQLite database`)
  expect(await Bun.file(path).text()).toStartWith('instance_id,repo\n')
  rmSync(path)
  new Database(path).exec('create table t (x)')
  expect(await codeOf(path)).toStartWith(`E_DB_KIND: ${path} is a SQLite database of another program`)
  expect(await codeOf(folder)).toStartWith(`E_DB_KIND: ${folder} is not a regular file`)
  expect(await codeOf(join(folder, 'none', 'a.db'))).toStartWith('E_DB_OPEN: ')
  expect(await codeOf(join(folder, 'none.db'), 'read')).toStartWith('E_DB_ABSENT: ')
})

test('a database of a newer openswe is refused with both versions', async () => {
  const path = join(folder, 'a.db')
  ;(await openStore(path, 'write'))[Symbol.dispose]()
  new Database(path).exec('pragma user_version = 9')
  expect(await codeOf(path)).toStartWith(`E_DB_NEWER: ${path} has schema 9, this openswe knows 6`)
})
