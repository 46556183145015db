import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type Database from 'better-sqlite3'
import { lockForWriting } from './lock.ts'
import schema from './schema.sql' with { type: 'text' }
import { loadSqlite, sqliteCode } from './sqlite.ts'
import { StoreError } from './store-error.ts'

/** `oswe`, in the file's header: this is a database of ours. */
const applicationId = 0x6f737765
/** Of schema.sql. Raise it with every change, together with the step that leads there. */
const schemaVersion = 6
const nfsMagic = 0x6969

/** The one SQLite database of a run. Opened by `openStore`, closed by whoever opened it. */
export class Store implements Disposable {
  readonly path: string
  readonly #database: Database.Database
  readonly #lock: Disposable | null
  readonly #statements = new Map<string, Database.Statement<unknown[]>>()

  constructor(path: string, database: Database.Database, lock: Disposable | null) {
    this.path = path
    this.#database = database
    this.#lock = lock
  }

  all<Row>(sql: string, ...values: unknown[]): Row[] {
    return this.#prepared(sql).all(...values) as Row[]
  }

  get<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined
  }

  /** Rows one after the other, in constant memory. The store must not be written before the last one was taken. */
  each<Row>(sql: string, ...values: unknown[]): IterableIterator<Row> {
    return this.#prepared(sql).iterate(...values) as IterableIterator<Row>
  }

  run(sql: string, ...values: unknown[]): { readonly changes: number; readonly lastId: number } {
    const done = this.#prepared(sql).run(...values)
    return { changes: done.changes, lastId: Number(done.lastInsertRowid) }
  }

  /** Everything `work` writes is on disk when this returns, or nothing of it is there. */
  transaction<T>(work: () => T): T {
    try {
      return this.#database.transaction(work).immediate()
    } catch (error) {
      const code = sqliteCode(error)
      if (code === null || !/^SQLITE_(FULL|IOERR|READONLY|CORRUPT)/.test(code)) throw error
      throw new StoreError('E_DB_WRITE', `${this.path}: ${code}: ${String(error)} — is the disk full?`, {
        cause: error,
      })
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
    this.#lock?.[Symbol.dispose]()
  }

  #prepared(sql: string): Database.Statement<unknown[]> {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const made = this.#database.prepare(sql)
    this.#statements.set(sql, made)
    return made
  }
}

/**
 * Opens the database at `path`. `write` makes it where it is absent and holds it alone until disposed; `read` sees
 * what is committed, also while another process writes. Throws StoreError; a file that is not ours is never touched.
 */
export async function openStore(path: string, mode: 'read' | 'write'): Promise<Store> {
  const file = resolve(path)
  if (mode === 'read') return openExisting(file, null)
  refuseNetworkFiles(file)
  const lock = await lockForWriting(file)
  try {
    if (!existsSync(file)) await create(file)
    return await openExisting(file, lock)
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}

async function openExisting(file: string, lock: Disposable | null): Promise<Store> {
  checkHeader(file)
  const Sqlite = await loadSqlite()
  let database: Database.Database
  try {
    database = new Sqlite(file, { readonly: lock === null, timeout: 5_000 })
    if (lock !== null) database.exec('pragma journal_mode = wal; pragma synchronous = full')
    database.exec('pragma foreign_keys = on')
  } catch (error) {
    throw new StoreError('E_DB_OPEN', `${file}: ${String(error)}`, { cause: error })
  }
  checkVersion(file, database)
  return new Store(file, database, lock)
}

/** Under a temporary name first: a database that is there is whole, whenever the process was killed. */
async function create(file: string): Promise<void> {
  const Sqlite = await loadSqlite()
  const temporary = `${file}.new`
  rmSync(temporary, { force: true })
  const database = new Sqlite(temporary)
  database.exec(`pragma application_id = ${applicationId}; pragma user_version = ${schemaVersion}`)
  database.exec(`begin; ${schema}; commit`)
  database.close()
  renameSync(temporary, file)
}

function checkHeader(file: string): void {
  if (!existsSync(file)) throw new StoreError('E_DB_ABSENT', `${file}: no such database — name it with --db`)
  if (!statSync(file).isFile()) throw new StoreError('E_DB_KIND', `${file} is not a regular file — use another --db`)
  const header = readHeader(file)
  if (header.byteLength === 0) {
    throw new StoreError('E_DB_KIND', `${file} is empty (0 bytes), so not a database — remove it to start anew`)
  }
  if (header.subarray(0, 16).toString('latin1') !== 'SQLite format 3\0') {
    throw new StoreError('E_DB_KIND', `${file} is not a SQLite database — use another --db`)
  }
  if (header.readUInt32BE(68) !== applicationId) {
    throw new StoreError('E_DB_KIND', `${file} is a SQLite database of another program — use another --db`)
  }
}

/** Read through SQLite: the header alone may be behind the WAL. */
function checkVersion(file: string, database: Database.Database): void {
  const version = database.pragma('user_version', { simple: true })
  if (version === schemaVersion) return
  database.close()
  throw new StoreError(
    'E_DB_NEWER',
    `${file} has schema ${version}, this openswe knows ${schemaVersion} — use the openswe that wrote it, or another --db`,
  )
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(100)
  const descriptor = openSync(file, 'r')
  try {
    return header.subarray(0, readSync(descriptor, header, 0, header.byteLength, 0))
  } finally {
    closeSync(descriptor)
  }
}

function refuseNetworkFiles(file: string): void {
  let type: number
  try {
    type = statfsSync(dirname(file)).type
  } catch (error) {
    throw new StoreError('E_DB_OPEN', `${dirname(file)}: ${String(error)} — make the folder, or use another --db`, {
      cause: error,
    })
  }
  if (type === nfsMagic) {
    throw new StoreError('E_DB_NFS', `${file} is on NFS, where SQLite's WAL is not safe — use a local disk for --db`)
  }
}
