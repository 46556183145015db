import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import type Database from 'better-sqlite3'
import { databasePath } from './database-path.ts'
import { loadSqlite, sqliteCode } from './sqlite.ts'
import { StoreError } from './store-error.ts'

export interface Holder {
  readonly pid: number
  readonly host: string
}

export type Writer =
  | { readonly kind: 'nobody' }
  /** Null where its first transaction is under way. */
  | { readonly kind: 'held'; readonly by: Holder | null }

/**
 * The right to write the database at `path`, until disposed or until this process ends, however it ends: it is a
 * kernel lock on a small SQLite file beside it, which names the holder. The file stays; it means nothing by itself.
 */
export async function lockForWriting(path: string): Promise<Disposable> {
  const Sqlite = await loadSqlite()
  const file = new Sqlite(lockPath(path), { timeout: 0 })
  try {
    file.exec('begin immediate')
    file.exec('create table if not exists holder (pid integer, host text); delete from holder')
    file.prepare('insert into holder values (?, ?)').run(process.pid, hostname())
    file.exec('commit; begin immediate')
  } catch (error) {
    const holder = sqliteCode(error) === 'SQLITE_BUSY' ? readHolder(file) : null
    file.close()
    if (sqliteCode(error) !== 'SQLITE_BUSY') {
      throw new StoreError('E_DB_OPEN', `${path}-lock: ${String(error)}`, { cause: error })
    }
    const who = holder === null ? 'another process' : `pid ${holder.pid} on host ${holder.host}`
    throw new StoreError('E_DB_LOCKED', `${path} is being written by ${who} — wait for it, or use another --db`)
  }
  return { [Symbol.dispose]: () => file.close() }
}

/** Whether some process holds the right to write the database at `path` now. */
export async function isBeingWritten(path: string): Promise<boolean> {
  return (await writerOf(path)).kind === 'held'
}

/** Which process holds the right to write the database at `path` now. */
export async function writerOf(path: string): Promise<Writer> {
  const lock = lockPath(path)
  if (!existsSync(lock)) return { kind: 'nobody' }
  const Sqlite = await loadSqlite()
  const file = new Sqlite(lock, { timeout: 0 })
  try {
    file.exec('begin immediate; rollback')
    return { kind: 'nobody' }
  } catch (error) {
    if (sqliteCode(error) === 'SQLITE_BUSY') return { kind: 'held', by: readHolder(file) }
    throw error
  } finally {
    file.close()
  }
}

/** By whatever links the database is named, its lock is one. */
function lockPath(path: string): string {
  return `${databasePath(path)}-lock`
}

function readHolder(file: Database.Database): Holder | null {
  try {
    return file.prepare<[], Holder>('select pid, host from holder').get() ?? null
  } catch {
    return null // its very first transaction is under way
  }
}
