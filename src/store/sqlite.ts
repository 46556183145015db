import type Database from 'better-sqlite3'

/** SQLite for this machine. Loaded at first use: a node process never gets here, so it needs no recent glibc. */
export async function loadSqlite(): Promise<typeof Database> {
  const addon =
    process.arch === 'arm64' ? await import('better-sqlite3/linux-arm64') : await import('better-sqlite3/linux-x64')
  return addon.default
}

/** SQLite's name of an error, such as `SQLITE_BUSY`, or null where it is not one of SQLite's. */
export function sqliteCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : null
}
